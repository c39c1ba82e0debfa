import type { FastifyReply } from 'fastify';
import { LockNotAcquiredError } from './locks.errors.js';

/** Aborts when the client of a request closes its connection before it has its answer. */
export function closedConnection({ raw }: FastifyReply, name: string): AbortSignal {
  const controller = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) controller.abort(new LockNotAcquiredError(name, 1));
  });
  return controller.signal;
}
