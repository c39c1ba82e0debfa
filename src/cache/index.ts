export { CacheModule } from './cache.module.js';
export { CacheService, type GetOrSetOptions } from './cache.service.js';
export { Cached, type CachedOptions } from './http/cached.decorator.js';
export { InvalidatesCache, type InvalidatesCacheOptions } from './http/invalidates-cache.decorator.js';
export { NotCacheableError } from './json-value.js';
