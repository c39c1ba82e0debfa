import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { CloudEvent } from '../cloud-event.js';
import { decodeEvent } from '../entry.js';
import { Inbox } from '../inbox.js';
import { Retention } from '../retention/retention.js';
import { StreamsKeys } from '../streams.keys.js';
import { assertName, completeSettings, type GroupSettings } from './group-options.js';
import { type GroupStore, GroupStores } from './group-store.js';
import { GroupNotFoundError } from './groups.errors.js';
import type { GroupState, RawDelivery, TakeReply } from './groups.scripts.js';

export interface GroupDefinition extends Partial<GroupSettings> {
  /** Where a group that is new begins: an entry's id, after which it begins, or one of the words; `beginning` unless given. */
  readonly startAt?: string;
}

export interface LeasedDelivery {
  readonly id: string;
  readonly event: CloudEvent;
  /** From 1. */
  readonly deliveryCount: number;
  /** By Redis' clock, epoch ms: who has not acknowledged it by then may find it delivered to another. */
  readonly leaseExpiresAt: number;
}

export interface DeadLetter {
  /** Of the letter. */
  readonly id: string;
  /** That the event had in the stream. */
  readonly entryId: string;
  /** Null where it could not be read, or was dropped. */
  readonly event: CloudEvent | null;
  readonly reason: string;
  readonly deliveryCount: number;
}

export interface TakeRequest {
  /** Who takes, in the group's words. */
  readonly consumer: string;
  readonly maxCount: number;
  /** How long to wait when there is nothing. */
  readonly waitMs: number;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
}

const STARTS: Readonly<Record<string, string>> = { beginning: '0', now: '$' };

/** Who waits looks again this often, as the message that wakes it can be lost. */
const LOOK_AGAIN_MS = 1000;

/** Letters that are redriven by one script. */
const REDRIVEN_A_CALL = 200;

/**
 * Consumer groups for those who take, acknowledge and give back themselves: one event goes to one consumer of a group, and comes
 * again unless it is acknowledged in time. `@OnStream` does all that for a method. README.md has the keys and commands.
 */
@Injectable()
export class GroupsService {
  constructor(
    private readonly stores: GroupStores,
    private readonly inbox: Inbox,
    private readonly keys: StreamsKeys,
    private readonly retention: Retention,
  ) {}

  /**
   * Makes a group, or gives the one that is there other settings; it goes on where it is. One round trip, O(1).
   *
   * @throws ValidationFailedError, StateStoreUnavailableError
   */
  async define(
    stream: string,
    group: string,
    { startAt = 'beginning', ...given }: GroupDefinition,
  ): Promise<GroupSettings> {
    assertName('stream', stream);
    const settings = completeSettings(given);
    await this.of(stream, group).define(STARTS[startAt] ?? startAt, settings);
    return settings;
  }

  /**
   * Leases events to a consumer: what is due again, what others have left, what is new. One round trip, and one a second while it
   * waits; O(events + pending).
   *
   * @throws GroupNotFoundError, StateStoreUnavailableError: what was leased comes again after `ackTimeoutMs`.
   */
  async take(stream: string, group: string, request: TakeRequest): Promise<LeasedDelivery[]> {
    const store = this.of(stream, group);
    const endsAt = performance.now() + request.waitMs;
    for (;;) {
      if (request.signal?.aborted) return [];
      const leftMs = endsAt - performance.now();
      const woken = new AbortController();
      const forget = this.inbox.onWake(this.keys.stream(stream), () => woken.abort());
      try {
        const taken = await this.lease(store, request, leftMs > 0);
        if (taken.length > 0 || leftMs <= 0) return taken;
        const signals = request.signal ? [woken.signal, request.signal] : [woken.signal];
        const signal = AbortSignal.any(signals);
        await pause(Math.min(leftMs, LOOK_AGAIN_MS), undefined, { signal }).catch(() => undefined);
      } finally {
        forget();
      }
    }
  }

  /** One round trip, O(ids). @returns how many were pending. @throws GroupNotFoundError, StateStoreUnavailableError */
  async ack(stream: string, group: string, ids: readonly string[]): Promise<number> {
    const acked = await this.of(stream, group).ack(ids);
    if (acked === null) throw new GroupNotFoundError(stream, group);
    this.retention.grown(stream, acked);
    return acked;
  }

  /**
   * Gives events back, to be delivered again after a delay, or to be dead letters after the last delivery. One round trip,
   * O(ids).
   *
   * @param delayMs the group's backoff unless given.
   * @returns how many were pending.
   * @throws GroupNotFoundError; StateStoreUnavailableError: some may have been given back.
   */
  async nack(stream: string, group: string, ids: readonly string[], delayMs?: number): Promise<number> {
    const store = this.of(stream, group);
    const request = { delayMs, reason: 'given back by its consumer' };
    const outcomes = await Promise.all(ids.map((id) => store.nack(id, request))).catch(
      orNotFound(stream, group),
    );
    return outcomes.filter((outcome) => outcome !== 'lost').length;
  }

  /** One round trip, O(groups of the stream). @throws GroupNotFoundError, StateStoreUnavailableError */
  async inspect(stream: string, group: string): Promise<GroupState> {
    const state = await this.of(stream, group).inspect();
    if (!state) throw new GroupNotFoundError(stream, group);
    return state;
  }

  /**
   * The dead letters of a group, the oldest first. Two round trips, O(limit).
   *
   * @param after the id of the last letter of the page before.
   * @throws GroupNotFoundError, StateStoreUnavailableError
   */
  async deadLetters(
    stream: string,
    group: string,
    { after, limit }: { after?: string; limit: number },
  ): Promise<{ items: DeadLetter[]; nextCursor: string | null }> {
    const store = this.of(stream, group);
    const [letters] = await Promise.all([
      store.letters(after ? `(${after}` : '-', limit + 1),
      this.inspect(stream, group),
    ]);
    const items = letters.slice(0, limit).map(([id, fields]) => toLetter(id, fields));
    return { items, nextCursor: letters.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  /**
   * Delivers dead letters anew, to this group alone. A round trip for each 200, O(letters).
   *
   * @param ids of letters; all that there are now unless given.
   * @returns how many.
   * @throws GroupNotFoundError; StateStoreUnavailableError: some may have been redriven, and none is lost.
   */
  async redrive(stream: string, group: string, ids?: readonly string[]): Promise<number> {
    const store = this.of(stream, group);
    await this.inspect(stream, group);
    let redriven = 0;
    const some = ids ?? (await this.allLetters(store));
    for (let start = 0; start < some.length; start += REDRIVEN_A_CALL) {
      redriven += await store.redrive(some.slice(start, start + REDRIVEN_A_CALL));
    }
    return redriven;
  }

  private async allLetters(store: GroupStore): Promise<string[]> {
    const ids: string[] = [];
    for (;;) {
      const last = ids.at(-1);
      const page = await store.letters(last ? `(${last}` : '-', REDRIVEN_A_CALL);
      ids.push(...page.map(([id]) => id));
      if (page.length < REDRIVEN_A_CALL) return ids;
    }
  }

  private of(stream: string, group: string): GroupStore {
    return this.stores.of(stream, group);
  }

  private async lease(
    store: GroupStore,
    { consumer, maxCount }: TakeRequest,
    waits: boolean,
  ): Promise<LeasedDelivery[]> {
    const turn = { room: maxCount, acks: [], looksAfter: true, waiter: waits ? 'caller' : 'nobody' } as const;
    const taken = await store.take(consumer, turn).catch(orNotFound(store.stream, store.group));
    const leased = await Promise.all(taken.entries.map((entry) => toLeased(store, entry, taken)));
    return leased.filter((delivery) => delivery !== undefined);
  }
}

/** What cannot be read is a dead letter at once. */
async function toLeased(
  store: GroupStore,
  [id, fields, deliveryCount]: RawDelivery,
  { takenAt, ackTimeoutMs }: TakeReply,
) {
  try {
    return { id, event: decodeEvent(id, fields), deliveryCount, leaseExpiresAt: takenAt + ackTimeoutMs };
  } catch (error) {
    await store.nack(id, { delayMs: -1, reason: (error as Error).message });
    return undefined;
  }
}

function toLetter(id: string, fields: readonly string[]): DeadLetter {
  const [, entryId, , text, , reason, , deliveries] = fields;
  let event: CloudEvent | null = null;
  try {
    event = decodeEvent(entryId, ['e', text]);
  } catch {
    // The reason says so.
  }
  return { id, entryId, event, reason, deliveryCount: Number(deliveries) };
}

function orNotFound(stream: string, group: string): (error: Error) => never {
  return (error) => {
    throw error.message.includes('NOGROUP') ? new GroupNotFoundError(stream, group) : error;
  };
}
