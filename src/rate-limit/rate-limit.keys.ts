import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type RedisKeys, RedisKeyspace } from '../redis/index.js';

const DIGEST_LENGTH = 22;

/** One key a counter: 132 bits of a digest, so that no client can make keys long or read another's tracker. */
@Injectable()
export class RateLimitKeys {
  private readonly keys: RedisKeys;

  constructor(keyspace: RedisKeyspace) {
    this.keys = keyspace.of('rate-limit');
  }

  /** `<prefix>:<namespace>:rate-limit:{<digest>}:<policy>`. All policies of a tracker share a slot. */
  counter(tracker: string, policy: string): string {
    const digest = hash('sha256', tracker, 'base64url').slice(0, DIGEST_LENGTH);
    return this.keys.key(digest, encodeURIComponent(policy));
  }

  /** `<prefix>:<namespace>:rate-limit:{policies}:all` */
  policies(): string {
    return this.keys.key('policies', 'all');
  }

  /** `<prefix>:<namespace>:rate-limit:{replicas}:alive` */
  replicas(): string {
    return this.keys.key('replicas', 'alive');
  }

  /** `<prefix>:<namespace>:rate-limit:{news}:channel`: a channel and no key. */
  news(): string {
    return this.keys.key('news', 'channel');
  }
}
