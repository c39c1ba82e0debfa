import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type RedisKeys, RedisKeyspace } from '../redis/index.js';

const DIGEST_LENGTH = 22;

/** Clients come again: their keys are kept in two generations of so many. */
const KEPT_KEYS = 10_000;

/** Keys by policy and tracker. */
type KnownKeys = Map<string, Map<string, string>>;

/** One key a counter: 132 bits of a digest, so that no client can make keys long or read another's tracker. */
@Injectable()
export class RateLimitKeys {
  private readonly keys: RedisKeys;
  private known: KnownKeys = new Map();
  private older: KnownKeys = new Map();
  private kept = 0;

  constructor(keyspace: RedisKeyspace) {
    this.keys = keyspace.of('rate-limit');
  }

  /** `<prefix>:<namespace>:rate-limit:{<digest>}:<policy>`. All policies of a tracker share a slot. */
  counter(tracker: string, policy: string): string {
    return this.known.get(policy)?.get(tracker) ?? this.keep(tracker, policy);
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

  /** To make a key costs more than all else that a decision asks of this process. */
  private keep(tracker: string, policy: string): string {
    const key = this.older.get(policy)?.get(tracker) ?? this.makeCounter(tracker, policy);
    if (this.kept >= KEPT_KEYS) {
      this.older = this.known;
      this.known = new Map();
      this.kept = 0;
    }
    let byTracker = this.known.get(policy);
    if (!byTracker) this.known.set(policy, (byTracker = new Map()));
    byTracker.set(tracker, key);
    this.kept += 1;
    return key;
  }

  private makeCounter(tracker: string, policy: string): string {
    const digest = hash('sha256', tracker, 'base64url').slice(0, DIGEST_LENGTH);
    return flat(this.keys.key(digest, encodeURIComponent(policy)));
  }
}

/** In one piece: a text that was joined is joined again by each of its uses as a Map's key or a socket's bytes. */
function flat(text: string): string {
  return Buffer.from(text).toString();
}
