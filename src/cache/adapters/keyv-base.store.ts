import type { CacheSpace } from '../spaces/cache-space.js';
import type { CacheSpaces } from '../spaces/cache-spaces.js';

const DAY_MS = 86_400_000;

export interface KeyvStoreOptions {
  /** How long a value lives that Keyv gives no ttl, ms: nothing lives for ever in the cache. Default a day. */
  readonly ttlMs?: number;
}

// oxlint-disable typescript/no-explicit-any -- what a store holds is declared by those who use its Keyv

/**
 * What the contracts of Keyv 5 and 6 have in common. Keyv gives a store its namespace: each namespace is a space of its
 * own, so that `clear` and the iterator keep to it. Give each Keyv a store of its own: the namespace of a shared one is
 * that of the Keyv made last.
 *
 * Without Redis reads are misses, `set` and `delete` give false, and nothing throws but the iterator; what was to be
 * replaced, deleted or cleared is removed as soon as Redis is back.
 */
export abstract class KeyvBaseStore {
  /** By the dialect Keyv 5 tells that a store can iterate. */
  readonly opts = { dialect: 'redis', url: '' };
  protected readonly ttlMs: number;
  protected space: CacheSpace;
  private name?: string;

  constructor(
    private readonly spaces: CacheSpaces,
    { ttlMs = DAY_MS }: KeyvStoreOptions = {},
  ) {
    if (!(ttlMs > 0)) throw new RangeError('ttlMs must be more than 0');
    this.ttlMs = ttlMs;
    this.space = spaces.of('');
  }

  get namespace(): string | undefined {
    return this.name;
  }

  set namespace(name: string | undefined) {
    this.name = name;
    this.space = this.spaces.of(name ?? '');
  }

  /** Undefined for a miss. None or one round trip. */
  async get<T = any>(key: string): Promise<T | undefined> {
    return (await this.space.get(key)) as T | undefined;
  }

  /** In the order of the keys. One round trip for all. */
  async getMany<T = any>(keys: string[]): Promise<(T | undefined)[]> {
    return Promise.all(keys.map((key) => this.get<T>(key)));
  }

  async has(key: string): Promise<boolean> {
    return (await this.space.get(key)) !== undefined;
  }

  async hasMany(keys: string[]): Promise<boolean[]> {
    return Promise.all(keys.map((key) => this.has(key)));
  }

  /** Whether there was a value: of those who delete it at once one is told so. One round trip. */
  async delete(key: string): Promise<boolean> {
    return this.space.delete(key);
  }

  /** Clears the namespace: one command, however many entries there are. */
  async clear(): Promise<void> {
    await this.space.clear();
  }

  /**
   * What the namespace holds, in no order: a round trip for each 500 keys of Redis and one for what was among them.
   *
   * @throws StateStoreUnavailableError
   */
  async *iterator(namespace = this.name): AsyncGenerator<[string, any], void> {
    yield* this.spaces.of(namespace ?? '').entries();
  }

  /** Nothing is told this way: what fails is thrown. */
  on(_event: string, _listener: (...args: any[]) => void): this {
    return this;
  }

  /** The connection is the application's, and ends with it. */
  async disconnect(): Promise<void> {}

  /** What has expired already is not stored, and removes what it would have replaced. */
  protected async write(key: string, value: unknown, ttlMs: number): Promise<boolean> {
    if (ttlMs > 0) return this.space.set(key, value, ttlMs);
    await this.space.delete(key);
    return true;
  }
}
