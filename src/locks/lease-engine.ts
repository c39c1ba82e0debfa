import { Injectable } from '@nestjs/common';
import { DurableLeases } from './durable/durable-leases.js';
import type { Lease } from './lease.js';
import { type AnyLeaseOptions, type LeaseOptions, toRequest } from './lease-options.js';
import { LockNotAcquiredError } from './locks.errors.js';
import { LocksMetrics } from './locks.metrics.js';
import type { LeaseRequest, Resource } from './lock-store.js';
import type { Wait } from './queue/local-lock.js';
import { LocalLocks } from './queue/local-locks.js';
import { type Holding, keepHeld } from './renewal.js';

/** How a function is run under a lease. */
export interface RunOptions extends LeaseOptions {
  /** True: when it is taken, nothing is run and null is the answer, at once. */
  readonly skip?: boolean;
}

/** What locks and semaphores have in common. */
@Injectable()
export class LeaseEngine {
  constructor(
    private readonly locks: LocalLocks,
    private readonly metrics: LocksMetrics,
    private readonly durable: DurableLeases,
  ) {}

  /** @throws LockNotAcquiredError, ValidationFailedError, StateStoreUnavailableError, the signal's reason */
  async acquire(resource: Resource, options: AnyLeaseOptions): Promise<Lease> {
    const request = toRequest(resource, options);
    const { waitMs = 0, signal } = options;
    signal?.throwIfAborted();
    try {
      const lease = await this.lease(resource, request, { waitMs, signal });
      if (options.durable) await this.durable.confirm(resource, lease, options.durable);
      this.metrics.granted(resource.kind);
      return lease;
    } catch (error) {
      this.metrics.refused(resource.kind, error);
      throw error;
    }
  }

  /** @returns null when it is taken. */
  async tryAcquire(resource: Resource, options: AnyLeaseOptions): Promise<Lease | null> {
    try {
      return await this.acquire(resource, { ...options, waitMs: 0 });
    } catch (error) {
      if (error instanceof LockNotAcquiredError) return null;
      throw error;
    }
  }

  /** Runs a function while the lease is held, and extends it meanwhile. */
  async run<T>(
    resource: Resource,
    options: AnyLeaseOptions & RunOptions,
    work: (lease: Lease) => T | Promise<T>,
  ): Promise<T | null> {
    const lease = options.skip
      ? await this.tryAcquire(resource, options)
      : await this.acquire(resource, options);
    if (!lease) return null;
    return this.hold(resource, lease, work);
  }

  /** Runs a function while what it needs is held, extends that meanwhile, and gives it back. */
  async hold<L extends Holding, T>(
    resource: Resource,
    lease: L,
    work: (lease: L) => T | Promise<T>,
  ): Promise<T> {
    const stop = keepHeld(lease);
    try {
      return await work(lease);
    } finally {
      stop();
      await this.letGo(resource, lease);
    }
  }

  private async lease(resource: Resource, request: LeaseRequest, wait: Wait): Promise<Lease> {
    // Whoever may hold it already must not stand in line behind those who wait for it.
    if (wait.waitMs === 0 || request.reentrant) {
      const lease = await this.locks.of(resource).attempt(request);
      if (typeof lease !== 'number') return lease;
      if (wait.waitMs === 0) throw new LockNotAcquiredError(resource.name, lease);
    }
    return this.locks.of(resource).wait(request, wait);
  }

  /** The work is done, well or not: that its lease could not be given back is not its caller's fault. */
  private async letGo({ kind, name }: Resource, lease: Holding): Promise<void> {
    const { isLost } = lease;
    try {
      const wasHeld = await lease.release();
      if (isLost || !wasHeld) this.metrics.lost(kind, name);
    } catch (error) {
      this.metrics.notReleased(kind, name, error as Error);
    }
  }
}
