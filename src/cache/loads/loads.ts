import { setImmediate } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Metrics } from '../../observability/index.js';
import { StateStoreUnavailableError } from '../../redis/index.js';
import { LoaderUnavailableError } from '../cache.errors.js';
import { CacheStore } from '../cache.store.js';
import type { Lease } from '../found.js';
import type { Stamp } from '../tags/tag-stamps.js';
import { OwedLeases } from '../outage/owed-leases.js';
import { StoreHealth } from '../outage/store-health.js';
import type { CacheValue } from '../values/cache-value.js';
import { type Ask, type Flight, isOfToday, type Load } from './flight.js';
import { LoadBreakers } from './load-breakers.js';
import { leaseTtlOf, type LoadPolicy, ttlOf } from './load-policy.js';
import { NotStored } from './not-stored.js';
import { LATE, within } from './within.js';

const RETRY_AFTER_TIMEOUT_MS = 1000;

/** How a load is run. */
interface Run {
  readonly isProbe: boolean;
  readonly isBackground: boolean;
}

interface Loaded {
  readonly key: string;
  readonly policy: LoadPolicy;
  readonly value: CacheValue;
  readonly deltaMs: number;
  readonly stamps: readonly Stamp[];
}

interface LoadAlone {
  readonly value: Promise<CacheValue>;
  /** Monotonic, ms. */
  readonly sharedUntil: number;
}

/** The loads of this process: each is run once for all callers that it can answer, and stored under its lease. */
@Injectable()
export class Loads {
  /** By the lease that they hold. */
  private readonly flights = new Map<string, Flight>();
  /** Those without Redis, by key. */
  private alone = new Map<string, LoadAlone>();
  private readonly outcomes;

  constructor(
    private readonly store: CacheStore,
    @Inject(LoadBreakers) private readonly breakers: LoadBreakers,
    private readonly health: StoreHealth,
    private readonly owed: OwedLeases,
    metrics: Metrics,
  ) {
    const outcomes = metrics.tallies('cache_loads_total', 'Loads of values.', ['outcome']);
    this.outcomes = {
      ok: outcomes({ outcome: 'ok' }),
      unshared: outcomes({ outcome: 'unshared' }),
      failed: outcomes({ outcome: 'failed' }),
    } as const;
  }

  /** The load of this process that holds a lease, unless what it reads was invalidated by a tag meanwhile. */
  underWay(lease: string, stamps: readonly Stamp[]): Flight | 'outdated' | undefined {
    const flight = this.flights.get(lease);
    return flight && !isOfToday(flight, stamps) ? 'outdated' : flight;
  }

  /**
   * Begins the load of a lease that the caller has won, or joins it when another caller of the same read has begun it.
   *
   * @param run `isProbe` as the breaker has permitted; `isBackground` when its caller does not wait for it.
   */
  begin(ask: Ask, lease: Lease, stamps: readonly Stamp[], run: Run): Flight {
    if (lease.flight) return lease.flight;
    const stored = this.fly(ask, lease, stamps, run);
    const value = stored.then((each) => each.value);
    const flight: Flight = { value, stamps, isStored: false };
    lease.flight = flight;
    this.flights.set(lease.token, flight);
    const land = () => this.flights.delete(lease.token);
    // Who waits for it hears of its failure; it may be nobody.
    stored.then(({ isStored }) => {
      flight.isStored = isStored;
      land();
    }, land);
    value.catch(() => undefined);
    return flight;
  }

  /** A load without Redis: callers of one key share it until something is invalidated here, or a lease would be over. */
  async withoutStore({ key, load, policy }: Ask): Promise<CacheValue> {
    const now = performance.now();
    const known = this.alone.get(key);
    if (known && now < known.sharedUntil) return known.value;
    const { alone } = this;
    const begun = { value: this.loadAlone(load, policy), sharedUntil: now + leaseTtlOf(policy) };
    alone.set(key, begun);
    try {
      return await begun.value;
    } finally {
      if (alone.get(key) === begun) alone.delete(key);
    }
  }

  /** Those who ask without Redis from now on load anew. */
  forgetWithoutStore(): void {
    if (this.alone.size > 0) this.alone = new Map();
  }

  private async fly(
    { key, load, policy, inBackground }: Ask,
    lease: Lease,
    stamps: readonly Stamp[],
    { isProbe, isBackground }: Run,
  ): Promise<{ readonly value: CacheValue; readonly isStored: boolean }> {
    try {
      if (isBackground) await inBackground?.();
      const startedAt = performance.now();
      const value = await this.run(load, policy, isProbe);
      const deltaMs = performance.now() - startedAt;
      const isStored = await this.settle(key, lease.token, () =>
        this.keep({ key, policy, value, deltaMs, stamps }, lease),
      );
      return { value, isStored };
    } catch (error) {
      await this.settle(key, lease.token, () => this.store.release(key, lease.token));
      throw error;
    }
  }

  /** The tags that came with a value had their stamps when its load began only if they were not invalidated since. */
  private async keep(loaded: Loaded, { token: lease, askedAt }: Lease): Promise<boolean> {
    const { key, policy, value, deltaMs, stamps } = loaded;
    const tags = value.ownTags.filter((tag) => !stamps.some((each) => each.tag === tag));
    const own = tags.length === 0 ? [] : await this.store.stampsSince(key, { ...policy, tags }, askedAt);
    if (!own) {
      await this.store.release(key, lease);
      return false;
    }
    const { graceMs } = policy;
    const all = own.length === 0 ? stamps : [...stamps, ...own.filter(({ tag }) => tags.includes(tag))];
    const ttlMs = ttlOf(policy, value);
    return this.store.store(key, { value, ttlMs, graceMs, deltaMs, stamps: all, lease });
  }

  /** The last use of a lease. A value in hand is not lost because it cannot be stored; the client has counted the fault. */
  private async settle(key: string, lease: string, send: () => Promise<boolean>): Promise<boolean> {
    try {
      return await this.health.wait(send);
    } catch (error) {
      if (!(error instanceof StateStoreUnavailableError)) throw error;
      this.owed.owe(key, lease);
      return false;
    }
  }

  private async loadAlone(load: Load, policy: LoadPolicy): Promise<CacheValue> {
    // Callers of loads that need no other turn of the event loop would keep this process from hearing that Redis is back.
    await setImmediate();
    const breaker = this.breakers.of(policy.source);
    const permit = await breaker.permit();
    if (permit === 'refused') throw new LoaderUnavailableError(breaker.retryAfterMs);
    return this.run(load, policy, permit === 'probe');
  }

  private async run(
    load: Load,
    { source, hardTimeoutMs }: LoadPolicy,
    isProbe: boolean,
  ): Promise<CacheValue> {
    const limited = async () => {
      const value = await within(load(), hardTimeoutMs);
      if (value === LATE) throw new LoaderUnavailableError(RETRY_AFTER_TIMEOUT_MS);
      return value;
    };
    try {
      const value = await this.breakers.of(source).run(limited, isProbe);
      this.outcomes.ok.added += 1;
      return value;
    } catch (error) {
      const isUnshared = error instanceof NotStored && error.status < 500;
      this.outcomes[isUnshared ? 'unshared' : 'failed'].added += 1;
      throw error;
    }
  }
}
