import { Injectable } from '@nestjs/common';
import { type RedisKeys, RedisKeyspace } from '../../redis/index.js';

/** Channels are no keys: nothing of them stays in Redis. */
@Injectable()
export class ChannelsKeys {
  private readonly keys: RedisKeys;

  constructor(keyspace: RedisKeyspace) {
    this.keys = keyspace.of('channels');
  }

  /** `<prefix>:<namespace>:channels:<channel>` */
  channel(name: string): string {
    return this.keys.channel(name);
  }

  /** The pattern of Redis for a pattern over names. */
  pattern(pattern: string): string {
    return this.keys.channelPattern(pattern);
  }

  /** The name of a channel of Redis. */
  nameOf(channel: string): string {
    return this.keys.channelName(channel);
  }
}
