import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiTooManyRequestsResponse } from '@nestjs/swagger';

export const RATE_LIMITED = Symbol('rate limited');

/**
 * Limits a route, or every route of a controller, to RATE_LIMIT requests per RATE_LIMIT_WINDOW_MS and client.
 * `@Throttle()` of @nestjs/throttler sets other numbers, and `@SkipThrottle()` takes a route out.
 */
export function RateLimit(): MethodDecorator & ClassDecorator {
  return applyDecorators(
    SetMetadata(RATE_LIMITED, true),
    ApiTooManyRequestsResponse({ description: 'RATE_LIMITED, with Retry-After' }),
  );
}
