import { Injectable } from '@nestjs/common';
import { CacheStore } from './cache.store.js';
import { toJson } from './json-value.js';

export interface GetOrSetOptions {
  /** Milliseconds that a loaded value stays. */
  readonly ttlMs: number;
}

/** The cache for code: JSON values under keys, the same for every replica. Injectable. */
@Injectable()
export class CacheService {
  constructor(private readonly store: CacheStore) {}

  /**
   * The cached value, else what the loader gives, which is then stored unless the key was invalidated meanwhile.
   * One round trip for a hit, two around a load. Without Redis it just loads.
   *
   * @throws NotCacheableError for a value that JSON would change, and whatever the loader throws.
   */
  async getOrSet<T>(key: string, loader: () => Promise<T>, { ttlMs }: GetOrSetOptions): Promise<T> {
    const read = await this.store.begin(key);
    const { text } = await this.store.finish(key, read, async () => toJson(await loader()), ttlMs);
    return JSON.parse(text) as T;
  }

  /**
   * The cached value, or undefined. One round trip.
   *
   * @throws StateStoreUnavailableError
   */
  async get<T>(key: string): Promise<T | undefined> {
    const text = await this.store.get(key);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  }

  /**
   * Stores a value. One round trip.
   *
   * @throws NotCacheableError, StateStoreUnavailableError
   */
  set(key: string, value: unknown, { ttlMs }: GetOrSetOptions): Promise<void> {
    return this.store.set(key, toJson(value), ttlMs);
  }

  /**
   * Removes entries for every replica, and keeps loads that began before from storing what they read.
   * One round trip. When Redis is away the removal is made up for as soon as it is back.
   */
  invalidate({ keys }: { readonly keys: readonly string[] }): Promise<void> {
    return this.store.invalidate(keys);
  }
}
