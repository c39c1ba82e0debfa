import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const HEADER = 'x-request-id';

/** Long enough for every id in use, and nothing that could break a log line or a header. */
const ACCEPTABLE = /^[A-Za-z0-9._:/+=@-]{1,128}$/;

/** The caller's request id when it is well formed, else a new one. */
export function requestId(request: { headers: Record<string, string | string[] | undefined> }): string {
  const given = request.headers[HEADER];
  return typeof given === 'string' && ACCEPTABLE.test(given) ? given : randomUUID();
}

/** Says the request id in every answer. */
export function echoRequestId(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    sayRequestId(request, reply);
    done();
  });
}

export function sayRequestId(request: FastifyRequest, reply: FastifyReply): void {
  reply.header(HEADER, request.id);
}
