import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyServerOptions } from 'fastify';
import type { Settings } from '../config/index.js';
import { acceptJsonOnly } from './json-body.js';
import { refuseClient } from './problem/client-error.js';
import { sendProblem } from './problem/problem.filter.js';
import { requestId, sayRequestId } from './request-id.js';

export const BODY_LIMIT_BYTES = 1_048_576;

/** Ids of 256 bytes fit when every byte is percent-encoded; what is longer is refused as too long, not as unknown. */
const MAX_PARAM_LENGTH = 15_000;

/** The HTTP server, before Nest: limits, bodies, request ids and who is believed about the client's address. */
export function createFastifyAdapter(settings: Settings): FastifyAdapter {
  const trusted = settings.trustProxy.split(',').map((cidr) => cidr.trim());
  const options: FastifyServerOptions = {
    // A child logger a request would cost more than the request's work in Redis; what is logged names the id.
    logger: false,
    genReqId: requestId,
    bodyLimit: BODY_LIMIT_BYTES,
    trustProxy: settings.trustProxy ? trusted : false,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    // A URL that cannot be routed gets an answer before any hook has run.
    frameworkErrors: (error, request, reply) => {
      sayRequestId(request, reply);
      sendProblem(request, reply, error);
    },
    clientErrorHandler: refuseClient,
    // The server drains by itself; see GracefulShutdown.
    forceCloseConnections: false,
  };
  const adapter = new FastifyAdapter(options);
  acceptJsonOnly(adapter.getInstance());
  return adapter;
}
