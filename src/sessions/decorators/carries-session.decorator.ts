import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiResponse, ApiSecurity } from '@nestjs/swagger';
import { RequiresFeature } from '../../http/index.js';

export const CARRIES_SESSION = Symbol('carries session');

/**
 * For a route that acts on the session of its request by `@SessionToken()`, in one call that checks the token as well: the
 * guard refuses forged requests, and leaves the check to that call.
 */
export function CarriesSession(): MethodDecorator {
  return applyDecorators(
    SetMetadata(CARRIES_SESSION, true),
    RequiresFeature('sessions'),
    ApiSecurity('session'),
    ApiResponse({ status: 401, description: 'SESSION_INVALID' }),
    ApiResponse({ status: 403, description: 'CSRF_REJECTED, of a change that came with the cookie' }),
  );
}
