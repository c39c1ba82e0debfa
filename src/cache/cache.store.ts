import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Metrics } from '../observability/index.js';
import { CacheRedisClient, StateStoreUnavailableError } from '../redis/index.js';
import { CacheKeys } from './cache.keys.js';
import { readEntry, releaseLease, storeEntry } from './cache.scripts.js';
import { PendingInvalidations } from './pending-invalidations.js';

/** How long a loader may take and still have its value stored. */
const LEASE_TTL_MS = 10_000;

/** What a read found. */
export type CacheRead =
  | { readonly state: 'hit'; readonly text: string }
  | { readonly state: 'miss' }
  | { readonly state: 'unavailable' };

/** What a miss got: the lease to fill the entry, that of another caller, or what another has filled in meanwhile. */
type Claim =
  | { readonly state: 'hit'; readonly text: string }
  | { readonly state: 'won' | 'lost'; readonly lease: string };

const UNAVAILABLE = { state: 'unavailable' } as const;

/** A read, the key it was for, and what has become of it. */
export interface CacheOutcome {
  readonly text: string;
  readonly status: 'hit' | 'miss' | 'shared' | 'unavailable';
}

/**
 * The engine of the cache: texts under keys in Redis, filled under leases (memcached's, NSDI 2013).
 * Failure policy: without Redis every read is a miss, and invalidations are made up for when it is back.
 */
@Injectable()
export class CacheStore {
  /** Loads that run in this process, by the lease they hold. */
  private readonly flights = new Map<string, Promise<string>>();
  private readonly reads;
  /** The reads of this turn of the event loop, not sent yet. */
  private turn = new Map<string, Promise<CacheRead>>();
  /** Makes leases of this process unlike those of any other. */
  private readonly process = `${randomBytes(12).toString('base64url')}.`;
  private leases = 0;

  constructor(
    private readonly redis: CacheRedisClient,
    private readonly keys: CacheKeys,
    private readonly pending: PendingInvalidations,
    metrics: Metrics,
  ) {
    const reads = metrics.tallies('cache_reads_total', 'Reads of the cache.', ['outcome']);
    this.reads = {
      hit: reads({ outcome: 'hit' }),
      miss: reads({ outcome: 'miss' }),
      shared: reads({ outcome: 'shared' }),
      unavailable: reads({ outcome: 'unavailable' }),
    } as const;
  }

  /**
   * Begins a read: one round trip, shared by all who read the key in the same turn of the event loop, so that a hot
   * key is read once a turn and not once a request. It takes no lease: the request may still be refused.
   * Never fails: a cache that is away is a miss.
   */
  begin(key: string): Promise<CacheRead> {
    const shared = this.turn.get(key);
    if (shared) return shared;
    const read = this.orUnavailable(this.peek(key));
    // A new Map: one that is cleared again and again keeps what it held alive until a full garbage collection.
    if (this.turn.size === 0) setImmediate(() => (this.turn = new Map()));
    this.turn.set(key, read);
    return read;
  }

  /**
   * Ends a read with a value: what was found, else what the loader gives. A hit costs nothing more; a miss one round
   * trip for the lease, and one after the load.
   * A caller that lost the lease joins the load that holds it when that runs in this process. The lease was alive
   * when it asked, so the joined load began after the last invalidation.
   *
   * @throws whatever the loader throws; nothing is stored then.
   */
  async finish(
    key: string,
    read: CacheRead,
    load: () => Promise<string>,
    ttlMs: number,
  ): Promise<CacheOutcome> {
    const outcome = await this.resolve(key, read, load, ttlMs);
    this.reads[outcome.status].added += 1;
    return outcome;
  }

  /** Stores a text whatever was there; a load under way cannot overwrite it. One round trip. */
  async set(key: string, text: string, ttlMs: number): Promise<void> {
    await this.redis.call('cache.set', (redis) => redis.set(this.keys.entry(key), `V${text}`, 'PX', ttlMs));
  }

  /** The text under a key, without asking for a lease. One round trip. */
  async get(key: string): Promise<string | undefined> {
    const entry = await this.redis.call('cache.get', (redis) => redis.get(this.keys.entry(key)));
    return entry?.startsWith('V') ? entry.slice(1) : undefined;
  }

  /** Removes entries and voids the leases of loads under way, on every replica. One round trip for all. */
  async invalidate(keys: readonly string[]): Promise<void> {
    await this.pending.remove(keys.map((key) => this.keys.entry(key)));
  }

  private async peek(key: string): Promise<CacheRead> {
    const text = await this.get(key);
    return text === undefined ? { state: 'miss' } : { state: 'hit', text };
  }

  private async claim(key: string): Promise<Claim> {
    const lease = `${this.process}${(this.leases += 1)}`;
    const entry = await this.redis.run(readEntry, {
      keys: { entry: this.keys.entry(key) },
      args: { lease, leaseTtlMs: LEASE_TTL_MS },
    });
    const rest = entry.slice(1);
    if (entry.startsWith('V')) return { state: 'hit', text: rest };
    return { state: rest === lease ? 'won' : 'lost', lease: rest };
  }

  private async orUnavailable<R>(read: Promise<R>): Promise<R | typeof UNAVAILABLE> {
    try {
      return await read;
    } catch (error) {
      if (!(error instanceof StateStoreUnavailableError)) throw error;
      return UNAVAILABLE;
    }
  }

  private async resolve(
    key: string,
    read: CacheRead,
    load: () => Promise<string>,
    ttlMs: number,
  ): Promise<CacheOutcome> {
    const found = read.state === 'miss' ? await this.orUnavailable(this.claim(key)) : read;
    switch (found.state) {
      case 'hit':
        return { text: found.text, status: 'hit' };
      case 'unavailable':
        return { text: await load(), status: 'unavailable' };
      case 'lost': {
        const flight = this.flights.get(found.lease);
        return {
          text: await (flight ?? this.share(found.lease, load())),
          status: flight ? 'shared' : 'miss',
        };
      }
      case 'won':
        return { text: await this.fly(key, found.lease, load, ttlMs), status: 'miss' };
    }
  }

  /** Others join the load until its value is stored: between the two they would find the lease and nobody behind it. */
  private async fly(key: string, lease: string, load: () => Promise<string>, ttlMs: number): Promise<string> {
    const entry = this.keys.entry(key);
    const flight = load();
    this.flights.set(lease, flight);
    try {
      const value = await flight;
      await this.quietly(this.redis.run(storeEntry, { keys: { entry }, args: { lease, value, ttlMs } }));
      return value;
    } catch (error) {
      await this.quietly(this.redis.run(releaseLease, { keys: { entry }, args: { lease } }));
      throw error;
    } finally {
      this.flights.delete(lease);
    }
  }

  /**
   * Lets those who meet the lease of another process join a load of this one: as long as they meet it alive, nothing
   * was invalidated since the load began.
   */
  private async share(lease: string, flight: Promise<string>): Promise<string> {
    this.flights.set(lease, flight);
    try {
      return await flight;
    } finally {
      if (this.flights.get(lease) === flight) this.flights.delete(lease);
    }
  }

  /** A value in hand is not lost because it cannot be stored; the client has counted the fault. */
  private async quietly(command: Promise<boolean>): Promise<void> {
    await command.catch((error: unknown) => {
      if (!(error instanceof StateStoreUnavailableError)) throw error;
    });
  }
}
