import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { encodeId, type RedisKeys, RedisKeyspace } from '../../redis/index.js';

/** What the scripts of one consumer group touch, in the slot of its stream. */
export interface GroupKeys {
  readonly stream: string;
  readonly idle: string;
  readonly settings: string;
  readonly retries: string;
  readonly dead: string;
  readonly lanes: string;
  readonly turns: string;
}

/** All of a stream lies in its slot. Its entries, its groups and their dead letters stay until they are consumed or over the cap. */
@Injectable()
export class StreamsKeys {
  private readonly keys: RedisKeys;

  constructor(keyspace: RedisKeyspace) {
    this.keys = keyspace.of('events');
  }

  /** `<prefix>:<namespace>:events:{<stream>}:stream`: the entries, a Redis stream. The field `e` holds a CloudEvent as JSON. */
  stream(name: string): string {
    return this.keys.key(name, 'stream');
  }

  /** `…:{<stream>}:idle`: a sorted set of who wants to be woken by the next event, as lua/wake.lua says. */
  idle(name: string): string {
    return this.keys.key(name, 'idle');
  }

  /** `…:{<stream>}:producer-<process>`: the last flight of a process, and the ids that its events were given. */
  producer(name: string, process: string): string {
    return this.keys.key(name, `producer-${process}`);
  }

  /** `…:{<stream>}:request-<digest>`: the id that the event of a request was given. */
  request(name: string, requestId: string): string {
    const digest = createHash('sha256').update(requestId).digest('base64url');
    return this.keys.key(name, `request-${digest}`);
  }

  /**
   * `…:{<stream>}:group-<group>`: a hash of its settings; `:retries-<group>`: a sorted set of what waits for its next delivery, by
   * when that is due; `:dead-<group>`: its dead letters, a Redis stream; `:lanes-<group>` and `:turns-<group>`: a hash of the keys of
   * its pending entries, and a sorted set of their turns, as groups/lua/lanes.lua says.
   */
  group(name: string, group: string): GroupKeys {
    const own = (part: string) => this.keys.key(name, `${part}-${encodeId(group)}`);
    return {
      stream: this.stream(name),
      idle: this.idle(name),
      settings: own('group'),
      retries: own('retries'),
      dead: own('dead'),
      lanes: own('lanes'),
      turns: own('turns'),
    };
  }

  /** What Redis knows a group by: without spaces and commas. */
  groupName(group: string): string {
    return encodeId(group);
  }

  /** `…:{consumers}:alive`: a sorted set of the processes that consume, by how long each is taken for alive. */
  alive(): string {
    return this.keys.key('consumers', 'alive');
  }

  /** `…:{<process>}:inbox`: the channel on which a process hears of the streams that it waits for. */
  inbox(process: string): string {
    return this.keys.key(process, 'inbox');
  }

  /** `…:{<process>}:replies`: the channel on which a process hears the replies to what it has asked. */
  replies(process: string): string {
    return this.keys.key(process, 'replies');
  }
}
