import { LockNotOwnedError } from './locks.errors.js';

/** One lease, or several that are held together. */
export interface Holding {
  readonly ttlMs: number;
  readonly isLost: boolean;
  extend(): Promise<void>;
  release(): Promise<boolean>;
}

/** While Redis does not answer, so often within a third of the ttl. */
const TRIES = 4;

/**
 * Extends a lease at a third of its ttl, again and again, until it is told to stop or the lease has ended. That the lease
 * ends in time when an extension hangs is the lease's own timer.
 *
 * @returns stops it.
 */
export function keepHeld(lease: Holding): () => void {
  const stepMs = lease.ttlMs / 3;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const next = (ms: number): void => {
    if (isStopped || lease.isLost) return;
    timer = setTimeout(() => void extend(), ms).unref();
  };
  const extend = async (): Promise<void> => {
    const startedAt = performance.now();
    try {
      await lease.extend();
      // The steps are counted from the sending: a slow answer takes nothing from the next one.
      next(Math.max(1, stepMs - (performance.now() - startedAt)));
    } catch (error) {
      // A lease that is not held has told its holder so by its signal.
      if (!(error instanceof LockNotOwnedError)) next(stepMs / TRIES);
    }
  };
  next(stepMs);
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}
