import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../../errors/index.js';
import { orEmptyId } from './empty-id.js';
import { toProblem } from './problem.js';

const logger = new Logger('Http');

export const PROBLEM_JSON = 'application/problem+json; charset=utf-8';

/** Answers every error of a request as a problem document, and logs those that are the server's fault. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendProblem(http.getRequest(), http.getResponse(), error);
  }
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: unknown): void {
  const { id: requestId, method } = request;
  const path = request.url.split('?', 1)[0];
  const problem = toProblem(orEmptyId(error, method, path), path);
  if (problem.status === 500) logger.error({ requestId, method, path: problem.instance, err: error });
  else if (problem.status > 500)
    logger.warn({ requestId, method, path: problem.instance, code: problem.code });
  // The answer went out before the error: nothing can be added to it.
  if (reply.sent || reply.raw.headersSent) return;
  if (error instanceof DomainError && error.retryAfterMs !== undefined) {
    reply.header('retry-after', String(Math.max(1, Math.ceil(error.retryAfterMs / 1000))));
  }
  // A stale length or type of the answer that failed must not describe this one.
  reply.removeHeader('content-length');
  reply.code(problem.status).header('content-type', PROBLEM_JSON).header('cache-control', 'no-store');
  reply.send(JSON.stringify(problem));
}
