import { Injectable } from '@nestjs/common';
import type { Lease } from './lease.js';
import { LeaseEngine, type RunOptions } from './lease-engine.js';
import type { LockOptions } from './lease-options.js';
import type { LeaseSet } from './lease-set.js';
import { LockSets, type LocksOptions } from './lock-sets.js';

const lock = (name: string) => ({ kind: 'lock', name }) as const;

/**
 * Locks for the whole fleet: exclusive, or shared by readers. A lock is handed from holder to holder in the order in which they
 * came, without polling; every lease has an end and a fencing token.
 */
@Injectable()
export class LocksService {
  constructor(
    private readonly engine: LeaseEngine,
    private readonly sets: LockSets,
  ) {}

  /**
   * Acquires a lock, or waits for it. One round trip when it is free; two after a wait, O(log waiting processes).
   *
   * @param name 1 to 256 bytes, any characters.
   * @throws LockNotAcquiredError when it was not to be had within waitMs; the signal's reason when that aborts;
   * ValidationFailedError; StateStoreUnavailableError. In each case nothing is left of the request.
   */
  acquire(name: string, options: LockOptions): Promise<Lease> {
    return this.engine.acquire(lock(name), options);
  }

  /** The same without a wait. @returns null when it is taken, or others wait for it. */
  tryAcquire(name: string, options: Omit<LockOptions, 'waitMs'>): Promise<Lease | null> {
    return this.engine.tryAcquire(lock(name), options);
  }

  /**
   * Runs `work` while the lock is held: it is extended at each third of ttlMs, and released afterwards. Its result, or what it
   * throws, is the answer, whatever becomes of the lease. `work` watches `lease.signal`, or calls `lease.assertHeld()` before
   * what only the holder may do, and gives `lease.fencingToken` to what it writes to.
   *
   * @returns with `skip` null, at once, when the lock is taken.
   * @throws what `work` throws, and before it has begun what {@link acquire} throws.
   */
  withLock<T>(
    name: string,
    options: LockOptions & RunOptions & { readonly skip: true },
    work: (lease: Lease) => T | Promise<T>,
  ): Promise<T | null>;
  withLock<T>(
    name: string,
    options: LockOptions & { readonly skip?: false },
    work: (lease: Lease) => T | Promise<T>,
  ): Promise<T>;
  withLock<T>(
    name: string,
    options: LockOptions & RunOptions,
    work: (lease: Lease) => T | Promise<T>,
  ): Promise<T | null> {
    return this.engine.run(lock(name), options, work);
  }

  /**
   * Acquires several locks, all or none: one round trip when all are free. Else, and in a Cluster always, they are acquired
   * one after the other in the order of their names, and those that come first are held meanwhile.
   *
   * @param names 1 to 64.
   * @throws as {@link acquire}; then none of them is held.
   */
  acquireAll(names: readonly string[], options: LocksOptions): Promise<LeaseSet> {
    return this.sets.acquire(names, options);
  }

  /** Runs `work` while all of the locks are held, as {@link withLock}. */
  async withLocks<T>(
    names: readonly string[],
    options: LocksOptions,
    work: (leases: LeaseSet) => T | Promise<T>,
  ): Promise<T> {
    const leases = await this.sets.acquire(names, options);
    return this.engine.hold(lock(names.join(', ')), leases, work);
  }
}
