import { Injectable } from '@nestjs/common';
import { RedisClient, type ScriptArgument } from '../../../redis/index.js';
import { Inbox } from '../inbox.js';
import { type GroupKeys, StreamsKeys } from '../streams.keys.js';
import type { GroupSettings } from './group-options.js';
import {
  ackEntries,
  applyOnce,
  defineGroup,
  extendEntries,
  type GroupState,
  inspectGroup,
  leaveGroup,
  type NackOutcome,
  nackEntry,
  type RawEntry,
  redriveLetters,
  sweepConsumers,
  takeEntries,
  type TakeReply,
} from './groups.scripts.js';

/** One turn of a consumer. */
export interface Turn {
  /** How many entries it has room for. */
  readonly room: number;
  /** What it has done since the last one. */
  readonly acks: readonly string[];
  /** Whether it also takes what other consumers have left. */
  readonly looksAfter: boolean;
  /**
   * Who is woken by the next event when there is less than there is room for: the group's member in this process, one of those who
   * ask now, who must not take its place, or nobody.
   */
  readonly waiter: 'member' | 'caller' | 'nobody';
}

/** A command of an effect: its name and its words. */
export type EffectCommand = readonly [name: string, ...words: ScriptArgument[]];

/** The scripts of one consumer in a group; each call is one Redis round trip. */
export class GroupStore {
  private readonly keys: GroupKeys;
  /** How Redis and the scripts know the group. */
  private readonly escaped: string;
  private readonly waiters: Readonly<Record<Turn['waiter'], string>>;

  constructor(
    private readonly redis: RedisClient,
    private readonly inbox: Inbox,
    keys: StreamsKeys,
    readonly stream: string,
    readonly group: string,
  ) {
    this.keys = keys.group(stream, group);
    this.escaped = keys.groupName(group);
    // No group has a comma: it is escaped.
    this.waiters = { member: this.escaped, caller: `${this.escaped},`, nobody: '' };
  }

  get streamKey(): string {
    return this.keys.stream;
  }

  /** O(1). @returns whether it was made now. */
  define(startAt: string, { maxDeliveries, ackTimeoutMs, backoffMs }: GroupSettings): Promise<boolean> {
    const { stream, settings } = this.keys;
    return this.redis.run(defineGroup, {
      keys: { stream, settings },
      args: { group: this.escaped, startAt, maxDeliveries, ackTimeoutMs, backoffMs },
    });
  }

  /** O(entries); with `looksAfter` O(pending). */
  take(consumer: string, { room, acks, looksAfter, waiter }: Turn): Promise<TakeReply> {
    const args = {
      group: this.escaped,
      consumer,
      channel: this.inbox.channel,
      count: room,
      looksAfter: Number(looksAfter),
      waiter: this.waiters[waiter],
    };
    const keys = this.keys as GroupKeys & Record<string, string>;
    // It leaves at once, as the caller has other work to do meanwhile.
    return this.redis.together(() => this.redis.run(takeEntries, { keys, args, rest: acks }));
  }

  /** O(1). `delayMs` until the next delivery, the group's backoff without it; below zero none follows. Without `consumer`: whoever has it. */
  nack(
    id: string,
    { delayMs = '', reason, consumer = '' }: { delayMs?: number | ''; reason: string; consumer?: string },
  ): Promise<NackOutcome> {
    const { stream, settings, retries, dead, lanes, turns } = this.keys;
    return this.redis.run(nackEntry, {
      keys: { stream, settings, retries, dead, lanes, turns },
      args: { group: this.escaped, consumer, id, delayMs, reason },
    });
  }

  /** O(ids). @returns how many of them were pending; null: there is no such group. */
  ack(ids: readonly string[]): Promise<number | null> {
    const { stream, idle, settings, retries, lanes, turns } = this.keys;
    return this.redis.run(ackEntries, {
      keys: { stream, idle, settings, retries, lanes, turns },
      args: { group: this.escaped, clustered: Number(this.redis.connections.clustered) },
      rest: ids,
    });
  }

  /** Dead letters from an id on, O(limit). */
  letters(from: string, limit: number): Promise<RawEntry[]> {
    return this.redis.call('groups.letters', (redis) =>
      redis.xrange(this.keys.dead, from, '+', 'COUNT', limit),
    );
  }

  /** O(ids). @returns how many there were. */
  redrive(ids: readonly string[]): Promise<number> {
    const { stream, idle, dead } = this.keys;
    const args = { group: this.escaped, clustered: Number(this.redis.connections.clustered) };
    return this.redis.run(redriveLetters, { keys: { stream, idle, dead }, args, rest: ids });
  }

  /** O(ids). @returns those that are another's by now. */
  extend(consumer: string, ids: readonly string[]): Promise<readonly string[]> {
    const { stream } = this.keys;
    return this.redis.run(extendEntries, {
      keys: { stream },
      args: { group: this.escaped, consumer },
      rest: ids,
    });
  }

  /** O(acks). @returns whether nothing is pending with the consumer any more. */
  leave(consumer: string, acks: readonly string[]): Promise<boolean> {
    const { stream, idle, retries, lanes, turns } = this.keys;
    const { channel } = this.inbox;
    const clustered = Number(this.redis.connections.clustered);
    const args = { group: this.escaped, consumer, channel, clustered };
    const keys = { stream, idle, retries, lanes, turns };
    return this.redis.run(leaveGroup, { keys, args, rest: acks });
  }

  /** O(consumers). @returns how many were forgotten. */
  sweep(idleMs: number): Promise<number> {
    const { stream } = this.keys;
    return this.redis.run(sweepConsumers, { keys: { stream }, args: { group: this.escaped, idleMs } });
  }

  /** O(groups of the stream). @returns false: nothing is pending and nothing is new, and so there is nothing to look for. */
  async hasWork(): Promise<boolean> {
    const groups = await this.redis.call('groups.look', (redis) => redis.xinfo('GROUPS', this.keys.stream));
    const own = (groups as unknown[][]).map(toFacts).find(({ name }) => name === this.escaped);
    return own?.pending !== 0 || own.lag !== 0;
  }

  /** O(groups); null: there is no such group. */
  inspect(): Promise<GroupState | null> {
    const { stream, settings, dead } = this.keys;
    return this.redis.run(inspectGroup, { keys: { stream, settings, dead }, args: { group: this.escaped } });
  }

  /** O(commands). @returns false: the entry was acknowledged before, and nothing was done. */
  applyOnce(id: string, commands: readonly EffectCommand[], keys: readonly string[]): Promise<boolean> {
    const { stream, retries, lanes, turns } = this.keys;
    return this.redis.run(applyOnce, {
      keys: { stream, retries, lanes, turns },
      restKeys: keys,
      args: { group: this.escaped, id },
      rest: commands.flatMap((words) => [words.length, ...words]),
    });
  }
}

/** What XINFO tells, by name. */
function toFacts(list: readonly unknown[]): Record<string, unknown> {
  const facts: Record<string, unknown> = {};
  for (let at = 0; at < list.length; at += 2) facts[String(list[at])] = list[at + 1];
  return facts;
}

/** Makes the stores of groups. */
@Injectable()
export class GroupStores {
  constructor(
    private readonly redis: RedisClient,
    private readonly inbox: Inbox,
    private readonly keys: StreamsKeys,
  ) {}

  of(stream: string, group: string): GroupStore {
    return new GroupStore(this.redis, this.inbox, this.keys, stream, group);
  }
}
