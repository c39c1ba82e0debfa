export { CacheModule } from './cache.module.js';
export { CacheService, type GetOrSetOptions } from './cache.service.js';
export type { CachedOptions, InvalidatesCacheOptions } from './http/cache.metadata.js';
export { Cached } from './http/cached.decorator.js';
export { InvalidatesCache } from './http/invalidates-cache.decorator.js';
export { NotCacheableError } from './json-value.js';
