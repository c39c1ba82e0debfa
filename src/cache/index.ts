export { type CacheManagerOptions, cacheManagerOptions } from './adapters/cache-manager.options.js';
export { Keyv5Store } from './adapters/keyv-5.store.js';
export { Keyv6Store } from './adapters/keyv-6.store.js';
export type { KeyvStoreOptions } from './adapters/keyv-base.store.js';
export { CacheModule } from './cache.module.js';
export { LoaderUnavailableError } from './cache.errors.js';
export { CacheService, type InvalidateOptions, type Peeked, type SetOptions } from './cache.service.js';
export { CacheKey } from './http/cache-key.decorator.js';
export { CacheTTL } from './http/cache-ttl.decorator.js';
export type {
  CachedOptions,
  CacheKeyFactory,
  CacheTtlFactory,
  InvalidatesCacheOptions,
} from './http/cache.metadata.js';
export { Cached } from './http/cached.decorator.js';
export { InvalidatesCache } from './http/invalidates-cache.decorator.js';
export { InvalidCachedRouteError } from './http/route.errors.js';
export type { GetOrSetOptions } from './loads/load-policy.js';
export type { CacheSpace } from './spaces/cache-space.js';
export { CacheSpaces } from './spaces/cache-spaces.js';
export { NotCacheableError } from './values/cacheable.js';
