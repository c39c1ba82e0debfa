import { KeyvBaseStore } from './keyv-base.store.js';

const METHODS = [
  'get',
  'getMany',
  'has',
  'hasMany',
  'set',
  'setMany',
  'delete',
  'deleteMany',
  'clear',
  'disconnect',
  'iterator',
] as const;

type Methods = Record<(typeof METHODS)[number], { exists: true; methodType: 'async' }>;

// oxlint-disable typescript/no-explicit-any -- what a store holds is declared by those who use its Keyv

/** Keeps the values of a Keyv 6 in the cache: `new Keyv({ store: new Keyv6Store(spaces), namespace: 'films' })`. */
export class Keyv6Store extends KeyvBaseStore {
  /** By `expires` Keyv 6 tells the stores that take an instant from those that take a duration. */
  readonly capabilities = {
    compatible: true,
    store: 'keyvStorage' as const,
    methods: Object.fromEntries(
      METHODS.map((name) => [name, { exists: true, methodType: 'async' }]),
    ) as Methods,
    expires: true,
  };

  /**
   * Two round trips at the most.
   *
   * @param expires epoch ms by this process' clock; without it the value lives for `ttlMs`. What is beyond a year from
   * now is a year; what has passed is not stored, and what was under the key is removed.
   * @returns false when Redis is away.
   * @throws NotCacheableError for a value that would not come back as it was; it can only be one that Keyv has not serialised.
   */
  async set(key: string, value: unknown, expires?: number): Promise<boolean> {
    const isGiven = expires !== undefined && Number.isFinite(expires);
    return this.write(key, value, isGiven ? expires - Date.now() : this.ttlMs);
  }

  /** As many in as many round trips as {@link set} takes; for each whether it was stored. */
  async setMany(entries: { key: string; value?: any; expires?: number }[]): Promise<boolean[]> {
    return Promise.all(entries.map(({ key, value, expires }) => this.set(key, value, expires)));
  }

  /** For each whether it was there. One round trip for all. */
  async deleteMany(keys: string[]): Promise<boolean[]> {
    return Promise.all(keys.map((key) => this.delete(key)));
  }
}
