import { KeyvBaseStore } from './keyv-base.store.js';

// oxlint-disable typescript/no-explicit-any -- what a store holds is declared by those who use its Keyv

/**
 * Keeps the values of a Keyv 5, and so of cache-manager 6 and 7, in the cache:
 * `new Keyv({ store: new Keyv5Store(spaces), namespace: 'films' })`.
 *
 * It also serves Keyv 6, which wraps it; {@link Keyv6Store} saves the wrapping and tells of each key whether it was
 * deleted.
 */
export class Keyv5Store extends KeyvBaseStore {
  /**
   * Two round trips at the most.
   *
   * @param ttl ms; without one, or with 0, the value lives for `ttlMs`. What is beyond a year is a year.
   * @returns false when Redis is away.
   * @throws NotCacheableError for a value that would not come back as it was; it can only be one that Keyv has not serialised.
   */
  async set(key: string, value: unknown, ttl?: number): Promise<boolean> {
    return this.write(key, value, Number.isFinite(ttl) && ttl ? ttl : this.ttlMs);
  }

  /** As many in as many round trips as {@link set} takes; for each whether it was stored, which Keyv's type does not know. */
  async setMany(entries: { key: string; value: any; ttl?: number }[]): Promise<any> {
    return Promise.all(entries.map(({ key, value, ttl }) => this.set(key, value, ttl)));
  }

  /** True when any of them was there. One round trip for all. */
  async deleteMany(keys: string[]): Promise<boolean> {
    const deleted = await Promise.all(keys.map((key) => this.delete(key)));
    return deleted.includes(true);
  }
}
