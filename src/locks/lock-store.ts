import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { RedisClient, sendTwice } from '../redis/index.js';
import { type LockKeys, type LockKind, LocksKeys } from './locks.keys.js';
import {
  acquireAll,
  acquireLease,
  type AskReply,
  extendLease,
  type GrantReply,
  type InspectReply,
  inspectLock,
  releaseLease,
} from './locks.scripts.js';

/** A lock or a semaphore. */
export interface Resource {
  readonly kind: LockKind;
  readonly name: string;
}

/** With what its scripts touch. */
export interface KeyedResource extends Resource {
  readonly keys: LockKeys;
}

/** What is asked for, under an id that the caller has made: asked again it is the same request. */
export interface LeaseRequest {
  readonly id: string;
  readonly mode: 'exclusive' | 'shared';
  /** Shared leases at once, this one among them. */
  readonly limit: number;
  readonly ttlMs: number;
  /** Shown to others; with `reentrant`, who may have the exclusive lock again. */
  readonly owner: string;
  readonly reentrant: boolean;
}

/** How a request waits. */
export interface Waiting {
  /** By this process' clock that does not jump. */
  readonly arrivedAt: number;
  /** How many wait in this process for the same. */
  readonly crowd: number;
}

/** `sentAt`: by this process' clock that does not jump, before the request left. */
export type Sent<T> = T & { readonly sentAt: number };

/** Any number of readers. */
export const NO_LIMIT = 1_000_000_000;

/**
 * Locks in Redis, as `lua/` says. Every request has an id, so one whose reply was lost is sent once more, when Redis is
 * back, within the deadline of a command: it finds what it has done.
 */
@Injectable()
export class LockStore {
  /** This process' channel: who is granted something here is told there. */
  readonly channel: string;
  /** The highest fencing token that this process has seen: none that it is given is lower. */
  private floor = 0n;
  private floorText = '0';

  constructor(
    private readonly redis: RedisClient,
    private readonly lockKeys: LocksKeys,
  ) {
    this.channel = lockKeys.inbox(randomUUID());
  }

  /** @throws ValidationFailedError for a name that is none. */
  keyed({ kind, name }: Resource): KeyedResource {
    return { kind, name, keys: this.lockKeys.of(kind, name) };
  }

  /** One round trip, O(log waiters). @throws StateStoreUnavailableError: it may have been granted all the same. */
  ask({ keys }: KeyedResource, request: LeaseRequest, waiting?: Waiting): Promise<Sent<AskReply>> {
    return sendTwice(this.redis, () => {
      const sentAt = performance.now();
      const args = this.argumentsOf(request.id, request, waiting);
      return this.redis.run(acquireLease, { keys, args }).then((reply) => this.noted(reply, sentAt));
    });
  }

  /**
   * Several locks by one script, when all of them are free. One round trip, O(locks), sent once.
   *
   * @returns undefined when one of them is not, or they lie in different slots.
   * @throws StateStoreUnavailableError: they may have been granted all the same.
   */
  async askAll(
    resources: readonly KeyedResource[],
    requests: readonly LeaseRequest[],
  ): Promise<Sent<GrantReply> | undefined> {
    if (this.redis.connections.clustered) return undefined;
    const [{ mode, ttlMs, owner }] = requests;
    const sentAt = performance.now();
    const grant = await this.redis.run(acquireAll, {
      keys: {},
      restKeys: resources.flatMap(({ keys }) => [keys.leases, keys.queue, keys.fence]),
      args: { mode: mode === 'shared' ? 's' : 'x', ttlMs, floor: this.floorText, owner },
      rest: requests.map(({ id }) => id),
    });
    return grant ? this.noted(grant, sentAt) : undefined;
  }

  /**
   * Ends a lease or a wait, and asks for the next one of this process in the same call.
   *
   * @returns `released`: false when it was not held; of a request that was sent twice, that is not known.
   */
  release(
    { keys }: KeyedResource,
    id: string,
    next?: { readonly request: LeaseRequest; readonly waiting: Waiting },
  ): Promise<{ released: boolean; next?: Sent<AskReply> }> {
    const request = next?.request ?? NOTHING;
    let attempts = 0;
    return sendTwice(this.redis, () => {
      const sentAt = performance.now();
      const args = this.argumentsOf(id, request, next?.waiting);
      attempts += 1;
      return this.redis.run(releaseLease, { keys, args }).then((reply) => ({
        released: reply.released || attempts > 1,
        next: reply.next && this.noted(reply.next, sentAt),
      }));
    });
  }

  /** One round trip, O(1), sent once. @returns null when it is not held. @throws StateStoreUnavailableError */
  async extend(
    { keys: { leases } }: KeyedResource,
    id: string,
    ttlMs: number,
  ): Promise<Sent<GrantReply & { mode: 'exclusive' | 'shared' }> | null> {
    const sentAt = performance.now();
    const reply = await this.redis.run(extendLease, { keys: { leases }, args: { id, ttlMs } });
    return reply && { token: reply.token, endsAt: reply.endsAt, mode: reply.mode, sentAt };
  }

  /** One round trip, O(holders + waiting processes). @throws StateStoreUnavailableError */
  inspect({ keys: { leases, queue, waiters } }: KeyedResource): Promise<InspectReply> {
    return this.redis.run(inspectLock, { keys: { leases, queue, waiters }, args: {} });
  }

  /** Of both scripts that ask. Every argument costs both sides; what only a lock that is taken needs, comes in one. */
  private argumentsOf(id: string, request: LeaseRequest, waiting?: Waiting) {
    const { mode, reentrant, limit, ttlMs, owner } = request;
    const letter = mode === 'shared' ? 's' : reentrant ? 'r' : 'x';
    const waits = waiting
      ? `${(performance.now() - waiting.arrivedAt).toFixed(3)} 1 ${waiting.crowd} ${this.channel}`
      : '0 0 0 ';
    return {
      id,
      next: request.id,
      ttlMs,
      floor: this.floorText,
      heeds: this.redis.connections.clustered ? 0 : 1,
      owner,
      terms: `${letter} ${limit} ${waits}`,
    };
  }

  private noted(reply: GrantReply, sentAt: number): Sent<GrantReply>;
  private noted(reply: AskReply, sentAt: number): Sent<AskReply>;
  private noted(reply: AskReply, sentAt: number): Sent<AskReply> {
    if (!('token' in reply)) return { endsInMs: reply.endsInMs, lookInMs: reply.lookInMs, sentAt };
    const { token, endsAt } = reply;
    if (token > this.floor) {
      this.floor = token;
      this.floorText = String(token);
    }
    return { token, endsAt, sentAt };
  }
}

const NOTHING: LeaseRequest = {
  id: '',
  mode: 'exclusive',
  limit: 1,
  ttlMs: 0,
  owner: '',
  reentrant: false,
};
