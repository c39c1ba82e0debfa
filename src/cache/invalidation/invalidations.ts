import { Inject, Injectable } from '@nestjs/common';
import { CacheRedisClient } from '../../redis/index.js';
import { CacheKeys } from '../cache.keys.js';
import { invalidateTag } from '../cache.scripts.js';
import { Changes } from '../local/changes.js';
import { Tokens } from '../tokens.js';
import { prefixTag } from '../tags/prefix-tags.js';
import { PrefixScan } from './prefix-scan.js';

/** Longer than any lease: a lease that was given before an invalidation can be told from one that was given after. */
const STAMP_TTL_MS = 60_000;

/** What is to be removed, by the ids of entries. */
export interface Invalidation {
  readonly ids: readonly string[];
  readonly tags: readonly string[];
  readonly prefixes: readonly string[];
}

/** Removes entries in Redis; loads that began before store nothing that is valid. */
@Injectable()
export class Invalidations {
  private readonly tokens = new Tokens();

  constructor(
    @Inject(CacheRedisClient) private readonly redis: CacheRedisClient,
    private readonly keys: CacheKeys,
    private readonly changes: Changes,
    private readonly scan: PrefixScan,
  ) {}

  /**
   * One round trip for all keys and tags, two commands a key and one a tag; a prefix that is not declared takes one for every 500 keys
   * that Redis holds.
   *
   * @throws StateStoreUnavailableError
   */
  async run({ ids, tags, prefixes }: Invalidation): Promise<void> {
    await Promise.all([
      this.remove(ids),
      ...tags.map((tag) => this.restamp(tag)),
      ...prefixes.map((prefix) => this.removePrefix(prefix)),
    ]);
  }

  /** Each entry, and the stamp of its variants, which are invalid without it. */
  private async remove(ids: readonly string[]): Promise<void> {
    const variants = ids.map((id) => this.keys.variantsTag(id));
    try {
      await this.unlink([
        ...ids.map((id) => this.keys.entry(id)),
        ...variants.map((tag) => this.keys.tag(tag)),
      ]);
    } finally {
      // Also when it is not known whether it was done: what is removed here is only read again.
      for (const id of ids) this.changes.touch('entry', id);
      for (const tag of variants) this.changes.touch('tag', tag);
    }
  }

  /** A command a key, sent together: in a Cluster they lie in different slots. */
  private async unlink(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    const { channel } = this.changes;
    await this.redis.call('cache.remove', (redis) => Promise.all(keys.map((key) => redis.unlink(key))));
    if (channel) {
      await this.redis.call('cache.tell', (redis) =>
        Promise.all(keys.map((key) => redis.publish(channel, key))),
      );
    }
  }

  private async restamp(tag: string): Promise<void> {
    try {
      await this.redis.run(invalidateTag, {
        keys: { tag: this.keys.tag(tag) },
        args: { fresh: this.tokens.next(), ttlMs: STAMP_TTL_MS, channel: this.changes.channel },
      });
    } finally {
      this.changes.touch('tag', tag);
    }
  }

  private async removePrefix(prefix: string): Promise<void> {
    if (this.scan.isDeclared(prefix)) return this.restamp(prefixTag(prefix));
    try {
      for await (const ids of this.scan.find(prefix)) await this.removeFound(ids);
    } catch (error) {
      // Which entries it would have found is not known.
      this.changes.forgetAll();
      throw error;
    }
  }

  /** Variants are found by themselves, as their keys begin as that of their entry does. */
  private async removeFound(ids: readonly string[]): Promise<void> {
    try {
      await this.unlink(ids.map((id) => this.keys.entry(id)));
    } finally {
      for (const id of ids) this.changes.touch('entry', id);
    }
  }
}
