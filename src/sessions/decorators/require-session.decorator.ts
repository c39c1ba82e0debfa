import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiResponse, ApiSecurity } from '@nestjs/swagger';
import { RequiresFeature } from '../../http/index.js';

export const SESSION_REQUIREMENT = Symbol('session requirement');

export interface SessionRequirement {
  /** The session must have one of these. Absent: any session. */
  readonly roles?: readonly string[];
  /** The user must have proved so lately, in milliseconds, who it is. Absent: at the login, whenever that was. */
  readonly freshWithinMs?: number;
}

/**
 * Lets only requests with a live session through: else 401 SESSION_INVALID; 403 SESSION_FORBIDDEN without one of the
 * roles, 403 SESSION_NOT_FRESH when the user must authenticate again first, and 403 CSRF_REJECTED for a change that came
 * with the cookie and without the session's CSRF-Token. The session is read in the request's one round trip.
 */
export function RequireSession(requirement: SessionRequirement = {}): MethodDecorator & ClassDecorator {
  const refusals = [
    'CSRF_REJECTED, of a change that came with the cookie',
    ...(requirement.roles ? ['SESSION_FORBIDDEN'] : []),
    ...(requirement.freshWithinMs === undefined ? [] : ['SESSION_NOT_FRESH']),
  ];
  return applyDecorators(
    SetMetadata(SESSION_REQUIREMENT, requirement),
    RequiresFeature('sessions'),
    ApiSecurity('session'),
    ApiResponse({ status: 401, description: 'SESSION_INVALID' }),
    ApiResponse({ status: 403, description: refusals.join('; ') }),
  );
}
