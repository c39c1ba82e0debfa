export { CacheModule } from './cache.module.js';
export { LoaderUnavailableError } from './cache.errors.js';
export { CacheService, type InvalidateOptions, type Peeked, type SetOptions } from './cache.service.js';
export type { CachedOptions, InvalidatesCacheOptions } from './http/cache.metadata.js';
export { Cached } from './http/cached.decorator.js';
export { InvalidatesCache } from './http/invalidates-cache.decorator.js';
export type { GetOrSetOptions } from './loads/load-policy.js';
export { NotCacheableError } from './values/cacheable.js';
