import { Inject, Injectable } from '@nestjs/common';
import { Settings } from '../config/index.js';
import { StateStoreUnavailableError } from '../redis/index.js';
import { CacheEngine } from './cache-engine.js';
import { CacheWrites } from './cache-writes.js';
import type { FoundValue } from './found.js';
import type { Ask } from './loads/flight.js';
import { LoadBatch } from './loads/load-batch.js';
import { type GetOrSetOptions, toPolicy } from './loads/load-policy.js';
import { CacheValue } from './values/cache-value.js';
import { freezeDeep } from './values/freeze.js';
import { ValueCodec } from './values/value-codec.js';

export type SetOptions = Pick<GetOrSetOptions, 'ttlMs' | 'graceMs' | 'tags'>;

/** What lies under a key, be it fresh or not. */
export interface Peeked<T> {
  readonly value: T;
  readonly state: 'fresh' | 'stale';
  /** For how long it is fresh, ms; 0 when it is stale. */
  readonly ttlMs: number;
  readonly tags: readonly string[];
}

export interface InvalidateOptions {
  readonly keys?: readonly string[];
  readonly tags?: readonly string[];
  /** What keys begin with. */
  readonly prefix?: string;
}

/**
 * The cache for code: values under keys, the same for every replica. Injectable.
 *
 * What it gives is shared with all who ask for the same key in this process: do not change it. Outside production it is
 * frozen.
 */
@Injectable()
export class CacheService {
  private readonly freezes: boolean;

  constructor(
    private readonly engine: CacheEngine,
    private readonly writes: CacheWrites,
    private readonly codec: ValueCodec,
    @Inject(Settings) settings: Settings,
  ) {
    this.freezes = settings.nodeEnv !== 'production';
  }

  /**
   * The cached value, else what the loader gives, which is then stored unless it was invalidated meanwhile. Of all
   * replicas one loads; the others wait for its value, or have the old one within its grace. No round trip when this
   * process has it, one for a hit, two around a load. Without Redis it just loads.
   *
   * @throws NotCacheableError for a value that would not come back as it was; LoaderUnavailableError when what it is
   * loaded from fails for all and there is no old value; whatever the loader throws; RangeError for bad options.
   */
  getOrSet<T>(key: string, loader: () => Promise<T>, options: GetOrSetOptions): Promise<T> {
    const now = performance.now();
    const here = this.engine.here(key, now);
    const ask = () => asked(key, loader, options);
    if (!here) return this.resolve(ask);
    if (this.engine.isDue(here, options.beta ?? 1, now)) void this.engine.refresh(ask);
    return this.given<T>(this.engine.take(here));
  }

  /**
   * The fresh value under a key, or undefined. One round trip, or none when this process has it; two for a value with
   * tags that are not given.
   *
   * @throws StateStoreUnavailableError
   */
  async get<T>(key: string, { tags = [] }: Pick<SetOptions, 'tags'> = {}): Promise<T | undefined> {
    const here = this.engine.here(key);
    if (here) return this.give<T>(this.engine.take(here));
    const hit = await this.find(key, tags);
    return hit?.isFresh ? this.give<T>(hit.value) : undefined;
  }

  /**
   * What Redis holds under a key, also when it is stale; undefined for nothing. Changes nothing. One round trip, two
   * for a value with tags.
   *
   * @throws StateStoreUnavailableError
   */
  async peek<T>(key: string): Promise<Peeked<T> | undefined> {
    const hit = await this.find(key, []);
    if (!hit) return undefined;
    return {
      value: this.give<T>(hit.value),
      state: hit.isFresh ? 'fresh' : 'stale',
      ttlMs: Math.max(hit.freshForMs, 0),
      tags: hit.tags,
    };
  }

  /**
   * Many values at once, in the order of the keys. What is missing is loaded together: the loader gets the keys that
   * this process has to load, and gives their values in the same order. It is called once, and again only for keys whose load in another
   * process has come to nothing. Else as {@link getOrSet}.
   */
  async getMany<T>(
    keys: readonly string[],
    loader: (missing: readonly string[]) => Promise<readonly T[]>,
    options: GetOrSetOptions,
  ): Promise<T[]> {
    const batch = new LoadBatch(loader);
    const policy = toPolicy(options);
    const load = async (key: string) => CacheValue.of(await batch.load(key));
    const outcomes = await this.engine.resolveAll(
      keys.map((key) => ({ key, load: () => load(key), policy })),
    );
    return outcomes.map(({ value }) => this.give<T>(value));
  }

  /**
   * Stores a value, whatever was there; a load under way cannot overwrite it. One round trip, two with tags.
   *
   * @throws NotCacheableError, StateStoreUnavailableError, RangeError
   */
  async set(key: string, value: unknown, options: SetOptions): Promise<void> {
    await this.writes.set(key, CacheValue.of(value), toPolicy(options));
  }

  /**
   * Writes to the source of a value first, and then stores what the write gives. Loads that began before the write's
   * end do not store what they have read, and of writes that overlap none is stored: the next reader loads.
   * Two round trips. Without Redis the write is done, and the old value removed when Redis is back.
   *
   * @throws whatever the write throws; the entry is then removed, as it is not known what was written.
   */
  async writeThrough<T>(key: string, write: () => Promise<T>, options: SetOptions): Promise<T> {
    const value = await this.writes.through(key, async () => CacheValue.of(await write()), toPolicy(options));
    return this.give<T>(value);
  }

  /** {@link invalidate} of one key. */
  delete(key: string): Promise<void> {
    return this.invalidate({ keys: [key] });
  }

  /**
   * Removes entries for every replica, and keeps loads that began before from storing what they read. One round trip,
   * and one command for each key and tag, however many entries bear it. A prefix costs as little when it is one of
   * CACHE_PREFIXES; else Redis' keys are gone through. When Redis is away it is made up for as soon as that is back.
   */
  async invalidate(what: InvalidateOptions): Promise<void> {
    await this.writes.invalidate(what);
  }

  private async find(key: string, tags: readonly string[]): Promise<FoundValue | undefined> {
    const found = await this.engine.look(key, tags);
    if (!found) throw new StateStoreUnavailableError();
    return found.hit;
  }

  /** A value is read as late as here: one that is damaged is removed, and loaded anew. */
  private async resolve<T>(asking: () => Ask): Promise<T> {
    const ask = asking();
    const { value } = await this.engine.resolve(ask);
    try {
      return this.give<T>(value);
    } catch {
      this.codec.countUnreadable();
      await this.delete(ask.key);
      return this.give<T>((await this.engine.resolve(ask)).value);
    }
  }

  /** One promise for all who are given the value. */
  private given<T>(value: CacheValue): Promise<T> {
    if (this.freezes) return new Promise((resolve) => resolve(this.give<T>(value)));
    return value.asPromise as Promise<T>;
  }

  private give<T>(value: CacheValue): T {
    const { asValue } = value;
    if (this.freezes) freezeDeep(asValue);
    return asValue as T;
  }
}

/** @throws RangeError for bad options. */
function asked<T>(key: string, loader: () => Promise<T>, options: GetOrSetOptions): Ask {
  return { key, load: async () => CacheValue.of(await loader()), policy: toPolicy(options) };
}
