import { type CustomDecorator, SetMetadata } from '@nestjs/common';
import { CACHE_TTL, type CacheTtlFactory } from './cache.metadata.js';

/** How long answers of `@Cached()` routes are fresh, ms, as in @nestjs/cache-manager; or what says it for each request. */
export const CacheTTL = (ttlMs: number | CacheTtlFactory): CustomDecorator => SetMetadata(CACHE_TTL, ttlMs);
