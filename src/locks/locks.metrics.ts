import { Injectable, Logger } from '@nestjs/common';
import { StateStoreUnavailableError } from '../redis/index.js';
import { Metrics } from '../observability/index.js';
import { LockNotAcquiredError, LockNotDurableError } from './locks.errors.js';
import type { LockKind } from './locks.keys.js';

/** Counts what became of requests, never by name: names are ids. */
@Injectable()
export class LocksMetrics {
  private readonly outcomes;
  private readonly losses;
  private readonly logger = new Logger('Locks');

  constructor(metrics: Metrics) {
    const requests = metrics.tallies('lock_requests_total', 'Requests for leases.', ['kind', 'outcome']);
    const losses = metrics.tallies('lock_losses_total', 'Leases that ended while their work ran.', ['kind']);
    const of = (kind: LockKind) => ({
      granted: requests({ kind, outcome: 'granted' }),
      taken: requests({ kind, outcome: 'taken' }),
      unavailable: requests({ kind, outcome: 'unavailable' }),
      undurable: requests({ kind, outcome: 'undurable' }),
      aborted: requests({ kind, outcome: 'aborted' }),
    });
    this.outcomes = { lock: of('lock'), semaphore: of('semaphore') };
    this.losses = { lock: losses({ kind: 'lock' }), semaphore: losses({ kind: 'semaphore' }) };
  }

  granted(kind: LockKind): void {
    this.outcomes[kind].granted.added += 1;
  }

  refused(kind: LockKind, error: unknown): void {
    const { taken, unavailable, undurable, aborted } = this.outcomes[kind];
    if (error instanceof LockNotAcquiredError) taken.added += 1;
    else if (error instanceof StateStoreUnavailableError) unavailable.added += 1;
    else if (error instanceof LockNotDurableError) undurable.added += 1;
    else aborted.added += 1;
  }

  lost(kind: LockKind, name: string): void {
    this.losses[kind].added += 1;
    this.logger.warn(`the lease of the ${kind} ${JSON.stringify(name)} ended while its work ran`);
  }

  /** It is tried again, and ends by itself. */
  notReleased(kind: LockKind, name: string, error: Error): void {
    this.logger.warn(`the ${kind} ${JSON.stringify(name)} could not be released: ${error.message}`);
  }
}
