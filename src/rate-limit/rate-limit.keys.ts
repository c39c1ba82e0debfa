import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type RedisKeys, RedisKeyspace } from '../redis/index.js';

const DIGEST_LENGTH = 22;

/** Clients come again: their digests are kept in two generations of so many. */
const KEPT_DIGESTS = 5000;

/** One key a counter: 132 bits of a digest, so that no client can make keys long or read another's tracker. */
@Injectable()
export class RateLimitKeys {
  private readonly keys: RedisKeys;
  private digests = new Map<string, string>();
  private olderDigests = new Map<string, string>();

  constructor(keyspace: RedisKeyspace) {
    this.keys = keyspace.of('rate-limit');
  }

  /** `<prefix>:<namespace>:rate-limit:{<digest>}:<policy>`. All policies of a tracker share a slot. */
  counter(tracker: string, policy: string): string {
    return this.keys.key(this.digest(tracker), encodeURIComponent(policy));
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

  /** A digest costs more than all else that a decision asks of this process. */
  private digest(tracker: string): string {
    const known = this.digests.get(tracker);
    if (known !== undefined) return known;
    const digest =
      this.olderDigests.get(tracker) ?? hash('sha256', tracker, 'base64url').slice(0, DIGEST_LENGTH);
    if (this.digests.size >= KEPT_DIGESTS) {
      this.olderDigests = this.digests;
      this.digests = new Map();
    }
    this.digests.set(tracker, digest);
    return digest;
  }
}
