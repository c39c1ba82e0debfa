import { Injectable } from '@nestjs/common';
import { LeaseEngine } from './lease-engine.js';
import { type AnyLeaseOptions, checkTtl, isRequestId } from './lease-options.js';
import { LockNotOwnedError } from './locks.errors.js';
import type { HolderReply } from './locks.scripts.js';
import { LockStore, type Resource } from './lock-store.js';
import { LocalLocks } from './queue/local-locks.js';

/** A lease as it is known by its id: for holders that are not this process. */
export interface IssuedLease {
  readonly leaseId: string;
  readonly name: string;
  readonly mode: 'exclusive' | 'shared';
  readonly fencingToken: bigint;
  readonly ttlMs: number;
  /** By Redis' clock, epoch ms. */
  readonly endsAt: number;
}

/** What is known of a lock. */
export interface LockState {
  readonly name: string;
  readonly holders: readonly HolderReply[];
  /** How many wait, in all processes; in others as of when they last asked. */
  readonly waiting: number;
}

/**
 * Leases for holders outside: whoever has the id of one extends and releases it, at whatever replica. Nothing here follows
 * them.
 */
@Injectable()
export class LeaseDesk {
  constructor(
    private readonly engine: LeaseEngine,
    private readonly locks: LocalLocks,
    private readonly store: LockStore,
  ) {}

  /** As `LocksService.acquire`. */
  async issue(resource: Resource, options: AnyLeaseOptions): Promise<IssuedLease> {
    const lease = await this.engine.acquire(resource, options);
    this.locks.of(resource).forget(lease);
    if (options.signal?.aborted) {
      await this.locks.of(resource).releaseById(lease.id);
      options.signal.throwIfAborted();
    }
    const { id, name, mode, fencingToken, ttlMs, endsAt } = lease;
    return { leaseId: id, name, mode, fencingToken, ttlMs, endsAt };
  }

  /** One round trip, O(1). @throws LockNotOwnedError, ValidationFailedError, StateStoreUnavailableError */
  async extend(resource: Resource, leaseId: string, ttlMs: number): Promise<IssuedLease> {
    checkTtl(ttlMs);
    const grant = isRequestId(leaseId)
      ? await this.store.extend(this.store.keyed(resource), leaseId, ttlMs)
      : null;
    if (!grant) throw new LockNotOwnedError(resource.name);
    const { mode, token, endsAt } = grant;
    return { leaseId, name: resource.name, mode, fencingToken: token, ttlMs, endsAt };
  }

  /** One round trip, O(log waiters). @throws LockNotOwnedError, StateStoreUnavailableError */
  async release(resource: Resource, leaseId: string): Promise<void> {
    const wasHeld = isRequestId(leaseId) && (await this.locks.of(resource).releaseById(leaseId));
    if (!wasHeld) throw new LockNotOwnedError(resource.name);
  }

  /** One round trip, O(holders + waiting processes). @throws StateStoreUnavailableError */
  async inspect(resource: Resource): Promise<LockState> {
    const { holders, waiting } = await this.store.inspect(this.store.keyed(resource));
    const elsewhere = waiting.filter(({ channel }) => channel !== this.store.channel);
    return {
      name: resource.name,
      holders,
      waiting: elsewhere.reduce((sum, { crowd }) => sum + crowd, this.locks.waitingFor(resource)),
    };
  }
}
