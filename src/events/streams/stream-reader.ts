import { Injectable } from '@nestjs/common';
import { RedisClient } from '../../redis/index.js';
import { Inbox } from './inbox.js';
import { StreamsKeys } from './streams.keys.js';
import { readEntries, type ReadReply } from './streams.scripts.js';

/** After the last entry that there is. */
export const END = '$';

/** Reads the entries of streams; each call is one Redis round trip. */
@Injectable()
export class StreamReader {
  constructor(
    private readonly redis: RedisClient,
    private readonly inbox: Inbox,
    private readonly keys: StreamsKeys,
  ) {}

  /**
   * O(count).
   *
   * @param after an id, or `$`, which reads none and tells the extent.
   * @throws StateStoreUnavailableError
   */
  read(stream: string, after: string, count: number): Promise<ReadReply> {
    return this.run(stream, after, count, '');
  }

  /** The same for this process as a reader without a group: when there is nothing, it is woken by the next event. */
  readOrWait(stream: string, after: string, count: number): Promise<ReadReply> {
    // No group is called so: there it would be escaped.
    return this.run(stream, after, count, `~${this.inbox.process} ${this.inbox.channel}`);
  }

  private run(stream: string, after: string, count: number, name: string): Promise<ReadReply> {
    const keys = { stream: this.keys.stream(stream), idle: this.keys.idle(stream) };
    return this.redis.run(readEntries, { keys, args: { after, count, name } });
  }
}
