import { applyDecorators, SetMetadata } from '@nestjs/common';
import { INVALIDATES_CACHE, type InvalidatesCacheOptions } from './cache.metadata.js';
import { invalidationSlot } from './cache.starter.js';
import { wrapHandler } from './wrap-handler.js';

/** Removes entries for every replica after the handler has succeeded and before its answer goes out. */
export function InvalidatesCache(options: InvalidatesCacheOptions): MethodDecorator {
  return applyDecorators(
    wrapHandler(async (request, _reply, next) => {
      const answer = await next();
      await invalidationSlot.get(request)?.();
      return answer;
    }),
    SetMetadata(INVALIDATES_CACHE, options),
  );
}
