import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { MAX_ID_BYTES, type RedisKeys, RedisKeyspace } from '../redis/index.js';

/** One key an entry: `<prefix>:<namespace>:cache:{<key>}:entry`. */
@Injectable()
export class CacheKeys {
  private readonly keys: RedisKeys;

  constructor(keyspace: RedisKeyspace) {
    this.keys = keyspace.of('cache');
  }

  /** Keys that are too long to be an id, such as URLs, are known by their digest. */
  entry(key: string): string {
    const short = Buffer.byteLength(key) <= MAX_ID_BYTES;
    return this.keys.key(
      short ? key : `sha256=${createHash('sha256').update(key).digest('base64url')}`,
      'entry',
    );
  }
}
