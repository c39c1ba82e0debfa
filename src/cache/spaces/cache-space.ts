import { StateStoreUnavailableError } from '../../redis/index.js';
import type { CacheService } from '../cache.service.js';
import type { CacheStore } from '../cache.store.js';
import type { CacheWrites } from '../cache-writes.js';
import type { PrefixScan } from '../invalidation/prefix-scan.js';
import { MAX_DURATION_MS } from '../loads/load-policy.js';
import { LOOK_LIFE_MS } from '../tags/tag-stamps.js';
import type { SpaceNames } from './space-names.js';

/** The value of an entry that is known by the digest of its key: it carries the key itself. */
interface Labelled {
  readonly key: string;
  readonly value: unknown;
}

/**
 * Entries of the cache that are cleared and listed together, for the interfaces of others: keys may be any text.
 *
 * Failure policy: without Redis every read is a miss and nothing is stored; what was to be removed or replaced is removed
 * as soon as Redis is back.
 */
export class CacheSpace {
  constructor(
    private readonly names: SpaceNames,
    private readonly cache: CacheService,
    private readonly store: CacheStore,
    private readonly writes: CacheWrites,
    private readonly scan: PrefixScan,
  ) {}

  /** A fresh value, or undefined. None or one round trip. */
  async get(key: string): Promise<unknown> {
    const entry = this.names.entry(key);
    try {
      return this.valueOf(entry, key, await this.cache.get(entry, { tags: [this.names.tag] }));
    } catch (error) {
      if (!(error instanceof StateStoreUnavailableError)) throw error;
      return undefined;
    }
  }

  /**
   * Stores a value. One round trip, and one more when the stamp of the space is not known here.
   *
   * @param ttlMs more than 0; a part of a millisecond counts as one, and what is beyond a year is a year.
   * @returns false when Redis is away.
   * @throws NotCacheableError
   */
  async set(key: string, value: unknown, ttlMs: number): Promise<boolean> {
    const entry = this.names.entry(key);
    const options = { ttlMs: Math.min(Math.ceil(ttlMs), MAX_DURATION_MS), tags: [this.names.tag] };
    try {
      await this.cache.set(entry, this.names.isDigest(entry) ? { key, value } : value, options);
      return true;
    } catch (error) {
      if (!(error instanceof StateStoreUnavailableError)) throw error;
      // The value that it should have replaced must not come back with Redis.
      await this.cache.delete(entry);
      return false;
    }
  }

  /** @returns whether there was a fresh value; of those who delete it at once one is told so. One round trip. */
  delete(key: string): Promise<boolean> {
    return this.writes.remove(this.names.entry(key), [this.names.tag]);
  }

  /** One command, however many entries there are. */
  clear(): Promise<void> {
    return this.cache.invalidate({ tags: [this.names.tag] });
  }

  /**
   * The keys and values that there are, in no order. O(keys in Redis): a round trip for 500 of them, and one for the
   * values that were among them. What changes meanwhile may be missing or there twice.
   *
   * @throws StateStoreUnavailableError: a list that ends early would look like a whole one.
   */
  async *entries(): AsyncGenerator<[key: string, value: unknown], void> {
    for await (const found of this.scan.find(this.names.head)) {
      const values = await Promise.all(found.map((entry) => this.look(entry)));
      for (const [index, value] of values.entries()) {
        if (value === undefined) continue;
        const entry = found[index];
        if (this.names.isDigest(entry)) yield [(value as Labelled).key, (value as Labelled).value];
        else yield [this.names.keyOf(entry), value];
      }
    }
  }

  /** Past the local tier, which a look at everything would fill with what nobody asks for. */
  private async look(entry: string): Promise<unknown> {
    const request = { mode: 'read', tags: [this.names.tag], lifeMs: LOOK_LIFE_MS } as const;
    const { hit } = await this.store.read(entry, request);
    return hit?.isFresh ? hit.value.asValue : undefined;
  }

  private valueOf(entry: string, key: string, stored: unknown): unknown {
    if (stored === undefined || !this.names.isDigest(entry)) return stored;
    const labelled = stored as Labelled;
    // Ill-formed texts share a digest.
    return labelled.key === key ? labelled.value : undefined;
  }
}
