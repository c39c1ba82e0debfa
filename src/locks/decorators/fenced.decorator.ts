import { applyDecorators, SetMetadata, UseInterceptors } from '@nestjs/common';
import { ApiConflictResponse, ApiHeader } from '@nestjs/swagger';
import { FENCED, FencingInterceptor } from '../fencing/fencing.interceptor.js';

/**
 * A route that only holders of a lock call: it needs the header `Fencing-Token`, and refuses one that is lower than another
 * that was here before. The module of the controller imports LocksModule.
 *
 * @param resource what is written to; `{name}` is the path parameter.
 */
export function Fenced(resource: string): MethodDecorator {
  return applyDecorators(
    SetMetadata(FENCED, resource),
    UseInterceptors(FencingInterceptor),
    ApiHeader({
      name: 'Fencing-Token',
      required: true,
      description: 'Of the lease under which the request is made',
      schema: { type: 'string', pattern: '^[1-9]\\d{0,17}$' },
    }),
    ApiConflictResponse({ description: 'FENCING_TOKEN_STALE' }),
  );
}
