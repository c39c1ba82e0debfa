import { Inject, Injectable } from '@nestjs/common';
import { Metrics } from '../../observability/index.js';
import { StateStoreUnavailableError } from '../../redis/index.js';
import { LoaderUnavailableError } from '../cache.errors.js';
import { CacheStore } from '../cache.store.js';
import type { Lease } from '../found.js';
import type { Stamp } from '../tags/tag-stamps.js';
import type { CacheValue } from '../values/cache-value.js';
import { type Ask, type Flight, isOfToday, type Load } from './flight.js';
import { LoadBreakers } from './load-breakers.js';
import { type LoadPolicy, ttlOf } from './load-policy.js';
import { LATE, within } from './within.js';

const RETRY_AFTER_TIMEOUT_MS = 1000;

/** The loads of this process: each is run once for all callers that it can answer, and stored under its lease. */
@Injectable()
export class Loads {
  /** By the lease that they hold. */
  private readonly flights = new Map<string, Flight>();
  /** Those without Redis, by key. */
  private alone = new Map<string, Promise<CacheValue>>();
  private readonly outcomes;

  constructor(
    private readonly store: CacheStore,
    @Inject(LoadBreakers) private readonly breakers: LoadBreakers,
    metrics: Metrics,
  ) {
    const outcomes = metrics.tallies('cache_loads_total', 'Loads of values.', ['outcome']);
    this.outcomes = { ok: outcomes({ outcome: 'ok' }), failed: outcomes({ outcome: 'failed' }) } as const;
  }

  /** The load of this process that holds a lease, unless what it reads was invalidated by a tag meanwhile. */
  underWay(lease: string, stamps: readonly Stamp[]): Flight | 'outdated' | undefined {
    const flight = this.flights.get(lease);
    return flight && !isOfToday(flight, stamps) ? 'outdated' : flight;
  }

  /**
   * Begins the load of a lease that the caller has won, or joins it when another caller of the same read has begun it.
   *
   * @param isProbe as the breaker has permitted.
   */
  begin(ask: Ask, lease: Lease, stamps: readonly Stamp[], isProbe: boolean): Flight {
    if (lease.flight) return lease.flight;
    const value = this.fly(ask, lease.token, stamps, isProbe);
    // Who waits for it hears of its failure; it may be nobody.
    value.catch(() => undefined);
    lease.flight = { value, stamps };
    this.flights.set(lease.token, lease.flight);
    const land = () => this.flights.delete(lease.token);
    value.then(land, land);
    return lease.flight;
  }

  /** A load without Redis: callers of one key share it until something is invalidated here. */
  async withoutStore({ key, load, policy }: Ask): Promise<CacheValue> {
    const known = this.alone.get(key);
    if (known) return known;
    const { alone } = this;
    const value = this.loadAlone(load, policy);
    alone.set(key, value);
    try {
      return await value;
    } finally {
      if (alone.get(key) === value) alone.delete(key);
    }
  }

  /** Those who ask without Redis from now on load anew. */
  forgetWithoutStore(): void {
    if (this.alone.size > 0) this.alone = new Map();
  }

  private async fly(
    { key, load, policy }: Ask,
    lease: string,
    stamps: readonly Stamp[],
    isProbe: boolean,
  ): Promise<CacheValue> {
    const startedAt = performance.now();
    try {
      const value = await this.run(load, policy, isProbe);
      const deltaMs = performance.now() - startedAt;
      const { graceMs } = policy;
      await quietly(
        this.store.store(key, { value, ttlMs: ttlOf(policy, value), graceMs, deltaMs, stamps, lease }),
      );
      return value;
    } catch (error) {
      await quietly(this.store.release(key, lease));
      throw error;
    }
  }

  private async loadAlone(load: Load, policy: LoadPolicy): Promise<CacheValue> {
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
      this.outcomes.failed.added += 1;
      throw error;
    }
  }
}

/** A value in hand is not lost because it cannot be stored; the client has counted the fault. */
async function quietly(command: Promise<boolean>): Promise<void> {
  await command.catch((error: unknown) => {
    if (!(error instanceof StateStoreUnavailableError)) throw error;
  });
}
