import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { carriedSlot } from '../sessions.guard.js';

/**
 * The token that a request brought, for calls such as `SessionsService.rotate(token)`, on a route with
 * `@RequireSession()` or `@CarriesSession()`. Undefined when there is none.
 */
export const SessionToken = createParamDecorator(
  (_data: unknown, context: ExecutionContext) =>
    carriedSlot.get(context.switchToHttp().getRequest<FastifyRequest>())?.token,
);
