import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiResponse, ApiSecurity } from '@nestjs/swagger';
import { RequiresFeature } from '../../http/index.js';

export const SESSION_REQUIREMENT = Symbol('session requirement');

export interface SessionRequirement {
  /** The session must have one of these. Absent: any session. */
  readonly roles?: readonly string[];
}

/**
 * Lets only requests with a live session through: else 401 SESSION_INVALID, or 403 SESSION_FORBIDDEN without one of
 * the roles. The session is read in the request's one round trip.
 */
export function RequireSession(requirement: SessionRequirement = {}): MethodDecorator & ClassDecorator {
  return applyDecorators(
    SetMetadata(SESSION_REQUIREMENT, requirement),
    RequiresFeature('sessions'),
    ApiSecurity('session'),
    ApiResponse({ status: 401, description: 'SESSION_INVALID' }),
    ...(requirement.roles ? [ApiResponse({ status: 403, description: 'SESSION_FORBIDDEN' })] : []),
  );
}
