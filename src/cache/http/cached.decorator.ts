import { applyDecorators, SetMetadata } from '@nestjs/common';
import { CACHED, type CachedOptions } from './cache.metadata.js';
import { cachedSlot } from './cache.starter.js';
import { wrapHandler } from './wrap-handler.js';

/**
 * Answers a GET route from the cache, and fills it with what the handler answers where that is for others as well; errors are
 * not. What is left out is taken from `@CacheKey()` and `@CacheTTL()`. The read is part of the request's one round trip; a
 * miss costs one more, after the handler, and an entry of a session one after the guards.
 * The route's own interceptors see the text or the bytes that are sent; Nest's serialisers have done their work before.
 */
export function Cached(options: CachedOptions = {}): MethodDecorator {
  return applyDecorators(
    wrapHandler((request, reply, next) => cachedSlot.get(request)?.(reply, next) ?? next()),
    SetMetadata(CACHED, options),
  );
}
