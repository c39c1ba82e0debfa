import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Settings } from '../../config/index.js';
import { CacheRedisClient } from '../../redis/index.js';
import { CacheKeys } from '../cache.keys.js';
import { stampTag } from '../cache.scripts.js';
import { TOKEN_BYTES } from '../frame.js';
import { Changes } from '../local/changes.js';
import { Tokens } from '../tokens.js';
import { allTags, declaredPrefixes } from './prefix-tags.js';

const KNOWN_TAGS = 10_000;

/** For stamps that are looked at, where no entry is stored. */
export const LOOK_LIFE_MS = 60_000;

/** The stamp of a tag as it was read. Those who keep it look whether it is still current. */
export class Stamp {
  /** False once the tag has changed, or when its changes are not told. */
  isCurrent = true;

  constructor(
    readonly tag: string,
    /** Unlike that of any other invalidation. */
    readonly token: string,
    /** When it was invalidated last, Redis' time, ms; 0 where that is not known. */
    readonly invalidatedAt: number,
    readonly epoch: number,
    /** Until when it is sure to be in Redis unless it is evicted or invalidated; monotonic, ms. */
    readonly aliveUntil: number,
  ) {}
}

/**
 * The stamps of tags: an entry bears those that its tags had when its load began, and is valid while they still have
 * them. So one command invalidates any number of entries, and a load that began before it stores nothing valid.
 */
@Injectable()
export class TagStamps {
  /** Those that this process watches; what leaves it is not watched any more. */
  private readonly known = new LRUCache<string, Stamp>({
    max: KNOWN_TAGS,
    dispose: (stamp) => (stamp.isCurrent = false),
  });

  private readonly watches: boolean;
  private readonly prefixes: readonly string[];
  private readonly tokens = new Tokens();

  constructor(
    @Inject(CacheRedisClient) private readonly redis: CacheRedisClient,
    private readonly keys: CacheKeys,
    private readonly changes: Changes,
    settings: Settings,
  ) {
    this.prefixes = declaredPrefixes(settings);
    this.watches = settings.cacheLocalEntries > 0 && changes.maxAgeMs === Infinity;
    changes.onChange('tag', (tag) => this.known.delete(tag));
  }

  /** Those that an entry bears: which its key gives it, and which are declared. */
  tagsOf(key: string, declared: readonly string[]): string[] {
    return allTags(key, declared, this.prefixes);
  }

  /**
   * The stamps of tags: of those that are not known here, in one round trip together with whatever else is sent in the
   * same turn. A tag without a stamp gets one.
   *
   * @param lifeMs how long an entry lives that will bear them.
   * @throws StateStoreUnavailableError
   */
  of(tags: readonly string[], lifeMs: number): Promise<Stamp[]> {
    return Promise.all(tags.map((tag) => this.watched(tag, lifeMs) ?? this.read(tag, lifeMs)));
  }

  private watched(tag: string, lifeMs: number): Stamp | undefined {
    const stamp = this.watches ? this.known.get(tag) : undefined;
    if (!stamp || stamp.epoch !== this.changes.epoch) return undefined;
    const now = performance.now();
    return now + lifeMs <= stamp.aliveUntil && this.changes.isKnown(now) ? stamp : undefined;
  }

  private async read(tag: string, lifeMs: number): Promise<Stamp> {
    const mark = this.changes.mark('tag', tag);
    // Twice as long, so that the entries of that time need not ask for it again.
    const ttlMs = 2 * Math.ceil(lifeMs);
    const aliveUntil = performance.now() + ttlMs;
    const bytes = await this.redis.run(stampTag, {
      keys: { tag: this.keys.tag(tag) },
      args: { fresh: this.tokens.next(), ttlMs },
    });
    const token = bytes.toString('latin1', 6, 6 + TOKEN_BYTES);
    const stamp = new Stamp(tag, token, bytes.readUIntBE(0, 6), mark.epoch, aliveUntil);
    if (this.watches && this.changes.isUnchanged(mark)) this.known.set(tag, stamp);
    else stamp.isCurrent = false;
    return stamp;
  }
}
