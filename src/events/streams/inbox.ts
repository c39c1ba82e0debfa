import { randomBytes } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { RedisClient } from '../../redis/index.js';
import { OwnChannel } from './own-channel.js';
import { StreamsKeys } from './streams.keys.js';

/**
 * How this process hears that a stream has something new: who finds nothing leaves its name, and the script that publishes
 * wakes one of each group by a message. It takes no connection beside the one for pub/sub, and nothing at all while nothing
 * happens. A message can be lost, so whoever waits also looks from time to time.
 */
@Injectable()
export class Inbox implements OnModuleInit {
  /** This process, to the scripts. */
  readonly process = randomBytes(12).toString('base64url');
  private readonly own: OwnChannel;
  private readonly sleepers = new Map<string, Set<() => void>>();

  constructor(redis: RedisClient, keys: StreamsKeys) {
    this.own = new OwnChannel(redis, keys.inbox(this.process));
  }

  get channel(): string {
    return this.own.name;
  }

  onModuleInit(): void {
    this.own.on('message', (stream) => this.wake(stream));
    this.own.on('heard', () => {
      for (const stream of this.sleepers.keys()) this.wake(stream);
    });
    this.own.open();
  }

  /**
   * @param streamKey of the stream.
   * @param wake called when there may be something new, also after a connection that was lost.
   * @returns what ends it.
   */
  onWake(streamKey: string, wake: () => void): () => void {
    const sleepers = this.sleepers.get(streamKey) ?? new Set();
    this.sleepers.set(streamKey, sleepers);
    sleepers.add(wake);
    return () => {
      sleepers.delete(wake);
      if (sleepers.size === 0) this.sleepers.delete(streamKey);
    };
  }

  private wake(stream: string): void {
    this.sleepers.get(stream)?.forEach((wake) => wake());
  }
}
