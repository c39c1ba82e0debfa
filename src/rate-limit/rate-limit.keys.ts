import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type RedisKeys, RedisKeyspace } from '../redis/index.js';

const DIGEST_BYTES = 16;

/** One key a counter: 128 bits of a digest, so that no client can make keys long or read another's tracker. */
@Injectable()
export class RateLimitKeys {
  private readonly keys: RedisKeys;

  constructor(keyspace: RedisKeyspace) {
    this.keys = keyspace.of('rate-limit');
  }

  /** `<prefix>:<namespace>:rate-limit:{<digest>}:<policy>` */
  counter(tracker: string, policy: string): string {
    const digest = createHash('sha256')
      .update(tracker)
      .digest()
      .subarray(0, DIGEST_BYTES)
      .toString('base64url');
    return this.keys.key(digest, encodeURIComponent(policy));
  }
}
