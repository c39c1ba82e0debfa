import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { CacheEngine } from './cache-engine.js';
import { CacheController } from './cache.controller.js';
import { CacheKeys } from './cache.keys.js';
import { CacheLeases } from './cache-leases.js';
import { CacheReader } from './cache-reader.js';
import { CacheService } from './cache.service.js';
import { CacheStore } from './cache.store.js';
import { CacheWrites } from './cache-writes.js';
import { CacheStarter } from './http/cache.starter.js';
import { CachedReads } from './http/cached-reads.js';
import { CachedRoutes } from './http/cached-routes.js';
import { RouteInvalidations } from './http/route-invalidations.js';
import { Invalidations } from './invalidation/invalidations.js';
import { PrefixScan } from './invalidation/prefix-scan.js';
import { LoadBreakers } from './loads/load-breakers.js';
import { Loads } from './loads/loads.js';
import { Changes } from './local/changes.js';
import { LocalTier } from './local/local-tier.js';
import { BoundedReads } from './outage/bounded-reads.js';
import { OwedLeases } from './outage/owed-leases.js';
import { PendingInvalidations } from './outage/pending-invalidations.js';
import { StoreHealth } from './outage/store-health.js';
import { CacheSpaces } from './spaces/cache-spaces.js';
import { TagStamps } from './tags/tag-stamps.js';
import { ValueCodec } from './values/value-codec.js';

/** A cache that is one for all replicas. */
@Module({
  imports: [DiscoveryModule],
  controllers: [CacheController],
  providers: [
    CacheService,
    CacheEngine,
    CacheReader,
    CacheWrites,
    CacheLeases,
    CacheStore,
    CacheKeys,
    Changes,
    LocalTier,
    TagStamps,
    ValueCodec,
    Loads,
    LoadBreakers,
    Invalidations,
    PrefixScan,
    CacheSpaces,
    CachedRoutes,
    CachedReads,
    RouteInvalidations,
    StoreHealth,
    BoundedReads,
    OwedLeases,
    PendingInvalidations,
    CacheStarter,
  ],
  exports: [CacheService, CacheSpaces],
})
export class CacheModule {}
