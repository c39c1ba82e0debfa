import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DEFAULT_NAMESPACE, type RedisKeys, RedisKeyspace } from '../redis/index.js';
import { Settings } from '../config/index.js';
import { userTag } from './session-token.js';

/** All sessions of a user are one hash, so that they share a slot and end together. */
@Injectable()
export class SessionsKeys {
  private readonly keys: RedisKeys;
  private readonly scope: string;

  constructor(keyspace: RedisKeyspace, settings: Settings) {
    this.keys = keyspace.of('sessions');
    this.scope = `${settings.keyPrefix}:${DEFAULT_NAMESPACE}`;
  }

  /** The part of the user's tokens that leads back to the user's key. */
  tag(userId: string): string {
    return userTag(userId, this.scope);
  }

  /** `<prefix>:<namespace>:sessions:{<tag>}:user` */
  user(tag: string): string {
    return this.keys.key(tag, 'user');
  }

  /** A pattern that matches the keys of all users; no id reaches it, for tags are digests. */
  allUsers(): string {
    return this.user('TAG').replace('TAG', '*');
  }

  /** `<prefix>:<namespace>:sessions:{due-<shard>}:expiries`: when to look for expired sessions, by tag. */
  due(shard: number): string {
    return this.keys.key(`due-${shard}`, 'expiries');
  }

  /** `<prefix>:<namespace>:sessions:{news}:channel`: the user keys whose sessions have changed. */
  news(): string {
    return this.keys.key('news', 'channel');
  }

  /**
   * `<prefix>:<namespace>:sessions:{<digest>}:store`. The id of a framework's session is its credential, so the key has
   * no more than its SHA-256: whoever reads the keys can take no session over.
   */
  store(sessionId: string): string {
    return this.keys.key(hash('sha256', sessionId, 'base64url'), 'store');
  }
}
