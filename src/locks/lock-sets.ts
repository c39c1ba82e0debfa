import { Injectable } from '@nestjs/common';
import { ValidationFailedError } from '../errors/index.js';
import type { Lease } from './lease.js';
import { LeaseEngine } from './lease-engine.js';
import { type LockOptions, toRequest } from './lease-options.js';
import { LeaseSet } from './lease-set.js';
import { LockNotAcquiredError } from './locks.errors.js';
import { LockStore, type Resource } from './lock-store.js';
import { Leftovers } from './queue/leftovers.js';
import { LocalLocks } from './queue/local-locks.js';

export const MAX_NAMES = 64;

/** What several locks at once may be asked for with. */
export type LocksOptions = Omit<LockOptions, 'reentrant' | 'requestId'>;

/**
 * Several locks, all or none. Where all keys lie on one server and all are free, one script takes them. Else they are
 * acquired one after the other in the order of their names, which all callers keep: so no two wait for each other.
 */
@Injectable()
export class LockSets {
  constructor(
    private readonly engine: LeaseEngine,
    private readonly store: LockStore,
    private readonly locks: LocalLocks,
    private readonly leftovers: Leftovers,
  ) {}

  /** @throws as {@link LeaseEngine.acquire} does; then none of them is held. */
  async acquire(names: readonly string[], options: LocksOptions): Promise<LeaseSet> {
    const resources = inOrder(names);
    const leases = (await this.atOnce(resources, options)) ?? (await this.oneByOne(resources, options));
    return new LeaseSet(leases);
  }

  private async atOnce(resources: readonly Resource[], options: LocksOptions): Promise<Lease[] | undefined> {
    const requests = resources.map((resource) => toRequest(resource, options));
    options.signal?.throwIfAborted();
    if (options.durable) return undefined;
    const keyed = resources.map((resource) => this.store.keyed(resource));
    const grant = await this.store.askAll(keyed, requests).catch((error: unknown) => {
      keyed.forEach((each, place) => this.leftovers.drop(each, requests[place]));
      throw error;
    });
    return grant && resources.map((each, place) => this.locks.of(each).take(requests[place], grant));
  }

  private async oneByOne(resources: readonly Resource[], options: LocksOptions): Promise<Lease[]> {
    const { waitMs = 0 } = options;
    const until = performance.now() + waitMs;
    const leases: Lease[] = [];
    try {
      for (const resource of resources) {
        const leftMs = Math.max(0, Math.round(until - performance.now()));
        leases.push(await this.engine.acquire(resource, { ...options, waitMs: leftMs }));
      }
      const set = new LeaseSet(leases);
      // The first ones have aged while the last ones were waited for.
      if (leases.length > 1) await set.extend();
      return leases;
    } catch (error) {
      // What cannot be given back now is given back by itself; the caller is told why there is no lease.
      await Promise.allSettled(leases.map((lease) => lease.release()));
      throw leases.some(({ isLost }) => isLost) ? new LockNotAcquiredError(resources[0].name, 1) : error;
    }
  }
}

function inOrder(names: readonly string[]): Resource[] {
  const sorted = [...new Set(names)].sort((a, b) => (a < b ? -1 : 1));
  if (sorted.length === 0 || sorted.length > MAX_NAMES) {
    throw new ValidationFailedError([{ path: 'names', message: `must be 1 to ${MAX_NAMES} names` }]);
  }
  return sorted.map((name) => ({ kind: 'lock', name }));
}
