import { applyDecorators, SetMetadata } from '@nestjs/common';
import { INVALIDATES_CACHE, type InvalidatesCacheOptions } from './cache.metadata.js';
import { invalidationSlot } from './cache.starter.js';
import { settled } from './handler-answer.js';
import { wrapHandler } from './wrap-handler.js';

/**
 * Removes entries for every replica after the handler has succeeded, with a status below 400, and before its answer goes out.
 * What the handler names in the header Cache-Group-Invalidation is invalidated as well. One round trip.
 */
export function InvalidatesCache(options: InvalidatesCacheOptions = {}): MethodDecorator {
  return applyDecorators(
    wrapHandler(async (request, reply, next) => {
      const answer = await settled(next());
      await invalidationSlot.get(request)?.(reply);
      return answer;
    }),
    SetMetadata(INVALIDATES_CACHE, options),
  );
}
