import { crc32 } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import { type RedisKeys, RedisKeyspace } from '../../redis/index.js';

/** Over so many slots of a Cluster the channels are spread, and so many subscriptions a pattern takes. */
const SHARDS = 64;

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

  /**
   * Where a message of the channel is heard in a Cluster, `<prefix>:<namespace>:channels:{<shard>}:` and `name:<channel>`,
   * `topic:<what is before the first colon of it>` and `all`.
   */
  sharded(channel: string): Record<'name' | 'topic' | 'all', string> {
    const shard = String(crc32(channel) % SHARDS);
    const [topic] = channel.split(':', 1);
    return {
      name: `${this.keys.key(shard, 'name')}:${channel}`,
      topic: `${this.keys.key(shard, 'topic')}:${topic}`,
      all: this.keys.key(shard, 'all'),
    };
  }

  /** Where all messages of a topic are heard in a Cluster, or all there are. */
  feed(topic: string | undefined): string[] {
    return Array.from({ length: SHARDS }, (_, shard) =>
      topic === undefined
        ? this.keys.key(String(shard), 'all')
        : `${this.keys.key(String(shard), 'topic')}:${topic}`,
    );
  }
}
