import { Injectable } from '@nestjs/common';
import type { Lease } from './lease.js';
import { LeaseEngine, type RunOptions } from './lease-engine.js';
import type { PermitOptions } from './lease-options.js';

const semaphore = (name: string) => ({ kind: 'semaphore', name }) as const;

/**
 * Counting semaphores for the whole fleet: at most so many leases at once, by Redis' clock, handed on in the order in which
 * they were asked for. A semaphore and a lock of one name have nothing to do with each other.
 */
@Injectable()
export class SemaphoresService {
  constructor(private readonly engine: LeaseEngine) {}

  /** One permit, as `LocksService.acquire`. */
  acquire(name: string, options: PermitOptions): Promise<Lease> {
    return this.engine.acquire(semaphore(name), options);
  }

  /** The same without a wait. @returns null when all permits are taken, or others wait for one. */
  tryAcquire(name: string, options: Omit<PermitOptions, 'waitMs'>): Promise<Lease | null> {
    return this.engine.tryAcquire(semaphore(name), options);
  }

  /** Runs `work` under one permit, as `LocksService.withLock`. @returns null when it was skipped. */
  withPermit<T>(
    name: string,
    options: PermitOptions & RunOptions,
    work: (lease: Lease) => T | Promise<T>,
  ): Promise<T | null> {
    return this.engine.run(semaphore(name), options, work);
  }
}
