import type { Lease } from './lease.js';

/** Leases of several locks, held and given back together. */
export class LeaseSet {
  constructor(
    /** In the order of their names. */
    readonly leases: readonly Lease[],
  ) {}

  /** Aborts when the first of them is lost, or is about to end. */
  get signal(): AbortSignal {
    return AbortSignal.any(this.leases.map(({ signal }) => signal));
  }

  /** For how long all of them may be relied on, in ms. */
  get remainingMs(): number {
    return Math.min(...this.leases.map(({ remainingMs }) => remainingMs));
  }

  get ttlMs(): number {
    return this.leases[0].ttlMs;
  }

  get isLost(): boolean {
    return this.leases.some(({ isLost }) => isLost);
  }

  /** The token of one of them. @throws RangeError when it is not of these. */
  fencingToken(name: string): bigint {
    const lease = this.leases.find((each) => each.name === name);
    if (!lease) throw new RangeError(`"${name}" is not one of these locks`);
    return lease.fencingToken;
  }

  /** @throws LockNotOwnedError when one of them has ended. */
  assertHeld(): void {
    for (const lease of this.leases) lease.assertHeld();
  }

  /** One round trip, but for a Cluster. @throws LockNotOwnedError, StateStoreUnavailableError */
  async extend(ttlMs = this.ttlMs): Promise<void> {
    await Promise.all(this.leases.map((lease) => lease.extend(ttlMs)));
  }

  /** One round trip, but for a Cluster. @returns false when one of them was not held any more. */
  async release(): Promise<boolean> {
    const released = await Promise.allSettled(this.leases.map((lease) => lease.release()));
    const failed = released.find(({ status }) => status === 'rejected');
    if (failed) throw (failed as PromiseRejectedResult).reason;
    return released.every((each) => each.status === 'fulfilled' && each.value);
  }
}
