import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { sessionSlot } from '../sessions.guard.js';

/** The request's {@link Session}, on a route with `@RequireSession()`. */
export const CurrentSession = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  sessionSlot.get(context.switchToHttp().getRequest<FastifyRequest>()),
);
