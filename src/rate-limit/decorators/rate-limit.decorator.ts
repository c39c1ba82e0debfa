import { applyDecorators, type ExecutionContext, SetMetadata } from '@nestjs/common';
import { ApiTooManyRequestsResponse } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Policy } from '../policies/policy.js';

export const RATE_LIMITED = Symbol('rate limited');

/**
 * Who spends of a limit: the client's address (for IPv6 its /64), the user of the session, the API key of the request,
 * or what a function says. A request without a user or a key spends by its address.
 */
export type Tracker =
  | 'ip'
  | 'user'
  | 'api-key'
  | ((request: FastifyRequest, context: ExecutionContext) => string | Promise<string>);

/** One limit of a route. */
export interface RateLimitRule {
  /** By name, as REST and the policy file know it, or as it is. */
  readonly policy: string | Policy;
  /** Absent: ip. */
  readonly by?: Tracker;
  /** Absent: 1. 0 charges nothing and asks nothing. */
  readonly cost?: number | ((request: FastifyRequest) => number | Promise<number>);
  /** True for requests that this limit leaves alone. */
  readonly skip?: (request: FastifyRequest) => boolean | Promise<boolean>;
}

/**
 * Limits a route, or every route of a controller: by the policies named, all in one decision that charges all of them
 * or none; without arguments to RATE_LIMIT requests per RATE_LIMIT_WINDOW_MS and client.
 * `@Throttle()` of @nestjs/throttler sets other numbers for the latter. `@SkipThrottle()` takes a route out, and
 * `@SkipThrottle({ name: true })` out of the policy `name`.
 */
export function RateLimit(...rules: (string | RateLimitRule)[]): MethodDecorator & ClassDecorator {
  return applyDecorators(
    SetMetadata(
      RATE_LIMITED,
      rules.map((rule) => (typeof rule === 'string' ? { policy: rule } : rule)),
    ),
    ApiTooManyRequestsResponse({ description: 'RATE_LIMITED, with Retry-After' }),
  );
}
