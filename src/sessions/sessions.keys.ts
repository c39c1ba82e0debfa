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
}
