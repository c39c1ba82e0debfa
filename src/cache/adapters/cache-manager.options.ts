import { CacheModule } from '../cache.module.js';
import { CacheSpaces } from '../spaces/cache-spaces.js';
import { Keyv5Store } from './keyv-5.store.js';

/** What `CacheModule.register` of @nestjs/cache-manager takes, but for the stores. */
export interface CacheManagerOptions {
  /** How long a value lives that is stored without a ttl, ms; without it, or with 0, a day. */
  readonly ttl?: number;
  /** What `clear()` keeps to; modules without one share theirs. */
  readonly namespace?: string;
  readonly isGlobal?: boolean;
  readonly refreshThreshold?: number;
  readonly refreshAllStores?: boolean;
  readonly nonBlocking?: boolean;
  readonly cacheId?: string;
}

/**
 * Has a module that uses @nestjs/cache-manager keep its values in the cache of all replicas:
 * `CacheModule.registerAsync(cacheManagerOptions({ ttl: 5000, namespace: 'films' }))`, where it was `CacheModule.register(...)`.
 *
 * @returns what `registerAsync` takes, with whichever Keyv is installed.
 */
export function cacheManagerOptions(options: CacheManagerOptions = {}) {
  return {
    isGlobal: options.isGlobal,
    imports: [CacheModule],
    inject: [CacheSpaces],
    useFactory: (spaces: CacheSpaces) => ({
      ...options,
      stores: [new Keyv5Store(spaces, { ttlMs: options.ttl || undefined })],
    }),
  };
}
