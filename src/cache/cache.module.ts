import { Module } from '@nestjs/common';
import { CacheKeys } from './cache.keys.js';
import { CacheService } from './cache.service.js';
import { CacheStore } from './cache.store.js';
import { CacheStarter } from './http/cache.starter.js';
import { PendingInvalidations } from './pending-invalidations.js';

/** A cache that is one for all replicas. */
@Module({
  providers: [CacheService, CacheStore, CacheKeys, PendingInvalidations, CacheStarter],
  exports: [CacheService],
})
export class CacheModule {}
