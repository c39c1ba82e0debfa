import { type CustomDecorator, SetMetadata } from '@nestjs/common';
import { CACHE_KEY, type CacheKeyFactory } from './cache.metadata.js';

/** The key of `@Cached()` routes, as in @nestjs/cache-manager: taken as it is, or made for each request. */
export const CacheKey = (key: string | CacheKeyFactory): CustomDecorator => SetMetadata(CACHE_KEY, key);
