import type { FastifyReply } from 'fastify';

/**
 * Aborts when the client of a request closes its connection before it has its answer.
 *
 * @param reason what a wait ends with that is given the signal.
 */
export function closedConnection({ raw }: FastifyReply, reason?: Error): AbortSignal {
  const controller = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) controller.abort(reason);
  });
  return controller.signal;
}
