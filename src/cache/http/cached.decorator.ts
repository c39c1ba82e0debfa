import { applyDecorators, SetMetadata } from '@nestjs/common';
import { CACHED, type CachedOptions } from './cache.metadata.js';
import { cachedSlot } from './cache.starter.js';
import { wrapHandler } from './wrap-handler.js';

/**
 * Answers a GET route from the cache, and fills it with what the handler returns. Errors are not stored.
 * The read is part of the request's one round trip; a miss costs one more, after the handler.
 * The route's own interceptors see the JSON text.
 */
export function Cached(options: CachedOptions): MethodDecorator {
  return applyDecorators(
    wrapHandler((request, reply, next) => cachedSlot.get(request)?.(reply, next) ?? next()),
    SetMetadata(CACHED, options),
  );
}
