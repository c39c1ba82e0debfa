import { Injectable } from '@nestjs/common';
import { Metrics } from '../observability/index.js';
import { LoaderUnavailableError } from './cache.errors.js';
import { CacheReader } from './cache-reader.js';
import type { Found, FoundValue, Lease, ReadMode } from './found.js';
import type { Ask, Flight } from './loads/flight.js';
import { LoadBreakers } from './loads/load-breakers.js';
import { isDueEarly, leaseTtlOf, stampLifeOf, type LoadPolicy } from './loads/load-policy.js';
import { Loads } from './loads/loads.js';
import { LATE, within } from './loads/within.js';
import { Changes, type Mark } from './local/changes.js';
import type { LocalEntry } from './local/local-tier.js';
import { loaded, type Outcome, stale } from './outcome.js';
import { LOOK_LIFE_MS } from './tags/tag-stamps.js';
import type { CacheValue } from './values/cache-value.js';

/** A lease that is over is gone from Redis a moment later. */
const LEASE_SLACK_MS = 20;

/** What was found here, or what is being read. */
export type Begun = LocalEntry | Promise<Found | undefined>;

/**
 * The value of a key: found in this process or in Redis, else loaded, once for the fleet.
 * Failure policy: without Redis every read is a miss; while its source fails, an old value within its grace stands in.
 */
@Injectable()
export class CacheEngine {
  private readonly outcomes;
  private readonly localHits;

  constructor(
    private readonly reader: CacheReader,
    private readonly loads: Loads,
    private readonly breakers: LoadBreakers,
    private readonly changes: Changes,
    metrics: Metrics,
  ) {
    const reads = metrics.tallies('cache_reads_total', 'Reads of the cache.', ['outcome']);
    this.outcomes = {
      hit: reads({ outcome: 'hit' }),
      stale: reads({ outcome: 'stale' }),
      miss: reads({ outcome: 'miss' }),
      shared: reads({ outcome: 'shared' }),
      unavailable: reads({ outcome: 'unavailable' }),
    } as const;
    this.localHits = metrics.tallies('cache_local_hits_total', 'Hits of the local tier.', [])({});
  }

  /** A fresh value that this process has; no round trip. */
  here(key: string, now = performance.now()): LocalEntry | undefined {
    return this.reader.here(key, now);
  }

  /**
   * Begins a read without asking for a lease: the request may still be refused. None, or one round trip.
   * Never fails: a cache that is away is a miss.
   */
  begin(key: string, policy: LoadPolicy): Begun {
    return this.here(key) ?? this.read({ key, policy }, 'read');
  }

  /** The value of what {@link here} has found: a hit. */
  take({ value }: LocalEntry): CacheValue {
    this.outcomes.hit.added += 1;
    this.localHits.added += 1;
    return value;
  }

  /** Whether it is a reader's turn to {@link refresh} what was found here; he is given it all the same. */
  isDue({ isRefreshing, freshUntil, deltaMs }: LocalEntry, beta: number, now = performance.now()): boolean {
    return !isRefreshing && isDueEarly(freshUntil - now, deltaMs, beta);
  }

  /**
   * The value of a key. A hit costs what its read cost, a miss one round trip for the lease, when the read did not ask
   * for it, and one after the load.
   *
   * @throws whatever the load throws, and then nothing is stored; LoaderUnavailableError.
   */
  async resolve(ask: Ask, begun: Begun = this.ask(ask)): Promise<Outcome> {
    if (!(begun instanceof Promise)) {
      const now = performance.now();
      if (this.isDue(begun, ask.policy.beta, now)) void this.refresh(() => ask);
      return { value: this.take(begun), status: 'hit', freshForMs: begun.freshUntil - now };
    }
    const outcome = await this.settle(ask, await begun);
    this.outcomes[outcome.status].added += 1;
    return outcome;
  }

  /**
   * The values of many keys. All reads leave in one turn of the event loop, and when all are back the loads begin in one
   * turn: a loader that collects its keys is called once for what this process has to load.
   *
   * @throws as {@link resolve}.
   */
  async resolveAll(asks: readonly Ask[]): Promise<Outcome[]> {
    const begun = asks.map((ask) => this.ask(ask));
    // A read that fails is its key's; the others may have won leases, whose loads must begin.
    await Promise.allSettled(begun);
    return Promise.all(asks.map((ask, place) => this.resolve(ask, begun[place])));
  }

  /** What Redis has; undefined when it is away. One round trip. */
  look(key: string, tags: readonly string[]): Promise<Found | undefined> {
    return this.reader.read(key, { mode: 'read', tags, lifeMs: LOOK_LIFE_MS });
  }

  private ask({ key, policy }: Ask): Begun {
    const mode = this.breakers.of(policy.source).isOpen ? 'read' : 'load';
    return this.here(key) ?? this.read({ key, policy }, mode);
  }

  private read(
    { key, policy }: Pick<Ask, 'key' | 'policy'>,
    mode: ReadMode,
    rejected?: string,
  ): Promise<Found | undefined> {
    const leaseTtlMs = leaseTtlOf(policy);
    return this.reader.read(key, {
      mode,
      tags: policy.tags,
      lifeMs: stampLifeOf(policy),
      leaseTtlMs,
      rejected,
    });
  }

  private async settle(ask: Ask, first: Found | undefined): Promise<Outcome> {
    let found = first;
    let isProbe = false;
    for (;;) {
      if (!found) return this.unavailable(ask);
      const { hit, lease, stamps } = found;
      if (hit?.isFresh) return this.fresh(ask, hit);
      if (!lease) {
        const permit = await this.breakers.of(ask.policy.source).permit();
        if (permit === 'refused') return this.standIn(ask, hit);
        isProbe = permit === 'probe';
        found = await this.read(ask, 'load');
      } else if (lease.isOwn) {
        return this.load(ask, found, lease, isProbe);
      } else if (this.loads.underWay(lease.token, stamps) === 'outdated') {
        found = await this.read(ask, 'load', found.version);
      } else {
        const outcome = await this.waitFor(ask, found, lease);
        if (outcome) return outcome;
        found = await this.read(ask, this.breakers.of(ask.policy.source).isOpen ? 'read' : 'load');
      }
    }
  }

  private fresh(ask: Ask, hit: FoundValue): Outcome {
    if (isDueEarly(hit.freshForMs, hit.deltaMs, ask.policy.beta)) void this.refresh(() => ask);
    return { value: hit.value, status: 'hit', freshForMs: hit.freshForMs };
  }

  private async unavailable(ask: Ask): Promise<Outcome> {
    const value = await this.loads.withoutStore(ask);
    return { value, status: 'unavailable', freshForMs: ask.policy.ttlMs };
  }

  /** Loads a value anew that is still fresh, when nobody else does. Its failure is counted, and is nobody's. */
  async refresh(asking: () => Ask): Promise<void> {
    try {
      const ask = asking();
      if (this.breakers.of(ask.policy.source).isOpen) return;
      const here = this.here(ask.key);
      if (here) here.isRefreshing = true;
      const found = await this.read(ask, 'early');
      if (!found?.lease?.isOwn) return;
      await this.loads.begin(ask, found.lease, found.stamps, { isProbe: false, isBackground: true }).value;
    } catch {
      // The value is fresh, and when it is no longer, whoever asks for it will hear of the fault.
    }
  }

  private async load(ask: Ask, { hit, stamps }: Found, lease: Lease, isProbe: boolean): Promise<Outcome> {
    const status = lease.flight ? 'shared' : 'miss';
    const isBackground = hit !== undefined && ask.policy.softTimeoutMs === 0;
    const flight = this.loads.begin(ask, lease, stamps, { isProbe, isBackground });
    return hit ? this.soon(ask, flight, status, hit) : loaded(ask, flight, status);
  }

  /** What another caller loads; undefined when the entry has to be looked at again. */
  private async waitFor(ask: Ask, { hit, mark, stamps }: Found, lease: Lease): Promise<Outcome | undefined> {
    const flight = this.loads.underWay(lease.token, stamps);
    if (flight && flight !== 'outdated') {
      return hit ? this.soon(ask, flight, 'shared', hit) : loaded(ask, flight, 'shared');
    }
    if (hit) return this.soonElsewhere(ask, hit, mark);
    await this.changes.next(mark, lease.heldForMs + LEASE_SLACK_MS);
    return undefined;
  }

  /** A new value when it comes in time, else the old one. */
  private async soon(ask: Ask, flight: Flight, status: 'miss' | 'shared', hit: FoundValue): Promise<Outcome> {
    const { softTimeoutMs } = ask.policy;
    const old = stale(hit);
    if (softTimeoutMs === 0) return old;
    try {
      const outcome = await within(loaded(ask, flight, status), softTimeoutMs);
      return outcome === LATE ? old : outcome;
    } catch {
      // Counted by its breaker; the old value stands in.
      return old;
    }
  }

  /** The same of a load in another process: the news of the entry say when to look. Undefined when the old one is no more. */
  private async soonElsewhere(ask: Ask, hit: FoundValue, since: Mark): Promise<Outcome | undefined> {
    const lateAt = performance.now() + ask.policy.softTimeoutMs;
    for (
      let mark = since, leftMs = ask.policy.softTimeoutMs;
      leftMs > 0;
      leftMs = lateAt - performance.now()
    ) {
      await this.changes.next(mark, leftMs);
      const found = await this.read(ask, 'read');
      if (found?.hit?.isFresh) return { ...stale(found.hit), status: 'shared' };
      if (!found) break;
      if (!found.hit) return undefined;
      ({ mark } = found);
    }
    return stale(hit);
  }

  /** While its source is held back. */
  private standIn({ policy }: Ask, hit: FoundValue | undefined): Outcome {
    if (hit) return stale(hit);
    throw new LoaderUnavailableError(this.breakers.of(policy.source).retryAfterMs);
  }
}
