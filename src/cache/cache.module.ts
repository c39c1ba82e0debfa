import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { CacheKeys } from './cache.keys.js';
import { CacheService } from './cache.service.js';
import { CacheStore } from './cache.store.js';
import { CacheInterceptor } from './http/cache.interceptor.js';
import { PendingInvalidations } from './pending-invalidations.js';

/** A cache that is one for all replicas. */
@Module({
  providers: [
    CacheService,
    CacheStore,
    CacheKeys,
    PendingInvalidations,
    { provide: APP_INTERCEPTOR, useClass: CacheInterceptor },
  ],
  exports: [CacheService],
})
export class CacheModule {}
