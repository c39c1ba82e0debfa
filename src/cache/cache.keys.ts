import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { MAX_ID_BYTES, type RedisKeys, RedisKeyspace } from '../redis/index.js';

/** A UTF-16 unit has at most 3 bytes of UTF-8, so what is shorter than this is short. */
const SURELY_SHORT = Math.floor(MAX_ID_BYTES / 3);

/** What a key of the cache stands for. */
export interface CacheKeyName {
  readonly part: string;
  /** The id of an entry, a tag, a prefix. */
  readonly id: string;
}

/** Keys `<prefix>:<namespace>:cache:{<id>}:<part>`. */
@Injectable()
export class CacheKeys {
  private readonly keys: RedisKeys;
  /** What all keys of the cache begin with. */
  readonly head: string;

  constructor(keyspace: RedisKeyspace) {
    this.keys = keyspace.of('cache');
    const any = this.keys.key('any', 'key');
    this.head = any.slice(0, any.indexOf('{'));
  }

  /** Names an entry: its key, or of one that is longer than an id, such as a URL, the digest. */
  id(key: string): string {
    if (key.length <= SURELY_SHORT || Buffer.byteLength(key) <= MAX_ID_BYTES) return key;
    return `sha256=${createHash('sha256').update(key).digest('base64url')}`;
  }

  /**
   * The tag of all entries that are variants of one, by request headers or by session: without its stamp none of them is
   * valid.
   *
   * @param id of the entry that they are variants of, or of a session.
   */
  variantsTag(id: string): string {
    return this.id(`key=${id}`);
  }

  /** `…:{<id>}:entry` */
  entry(id: string): string {
    return this.keys.key(id, 'entry');
  }

  /** `…:{<tag>}:tag` */
  tag(tag: string): string {
    return this.keys.key(tag, 'tag');
  }

  /** `…:{<source>}:breaker` */
  breaker(source: string): string {
    return this.keys.key(source, 'breaker');
  }

  /** `…:{<source>}:probe` */
  probe(source: string): string {
    return this.keys.key(source, 'probe');
  }

  /** `…:{<which>}:channel`: a channel and no key. */
  channel(which: string): string {
    return this.keys.key(which, 'channel');
  }

  /** The pattern of the entries whose keys begin with a text. Nothing in it but the end is a wildcard. */
  entriesWith(prefix: string): string {
    const key = this.keys.key(prefix, 'entry');
    return `${key.slice(0, key.indexOf('}'))}*}:entry`;
  }

  /** What a key of Redis stands for; undefined for one that is not the cache's. */
  parse(key: string): CacheKeyName | undefined {
    const end = key.indexOf('}:', this.head.length);
    if (end < 0 || !key.startsWith(this.head)) return undefined;
    try {
      return { id: decodeURIComponent(key.slice(this.head.length + 1, end)), part: key.slice(end + 2) };
    } catch {
      // Anybody can write a key that only looks like one of the cache's.
      return undefined;
    }
  }
}
