import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { getOptionsToken, getStorageToken, type ThrottlerModuleOptions } from '@nestjs/throttler';
import { Settings } from '../config/index.js';
import { RedisThrottlerStorage } from './adapters/redis-throttler.storage.js';
import { DecisionBatches } from './decision-batches.js';
import { DecisionStore } from './decision-store.js';
import { LocalShare } from './local-share.js';
import { NativeWindow } from './native-window.js';
import { NearLimitEvents } from './near-limit-events.js';
import { News } from './news.js';
import { PoliciesController } from './policies/policies.controller.js';
import { PoliciesService } from './policies/policies.service.js';
import { PolicyFile } from './policies/policy-file.js';
import { RateLimitController } from './rate-limit.controller.js';
import { RateLimitGuard } from './rate-limit.guard.js';
import { RateLimitHeaders } from './rate-limit.headers.js';
import { RateLimitKeys } from './rate-limit.keys.js';
import { RateLimitMetrics } from './rate-limit.metrics.js';
import { RateLimitService } from './rate-limit.service.js';
import { RefusalCache } from './refusal-cache.js';
import { Replicas } from './replicas.js';
import { RouteLimiter } from './route-limiter.js';
import { RouteLimits } from './route-limits.js';
import { StoreFailure } from './store-failure.js';

function defaultPolicy({ rateLimit, rateLimitWindowMs }: Settings): ThrottlerModuleOptions {
  // No block: a client may go on as soon as its window ends.
  return [{ name: 'default', limit: rateLimit, ttl: rateLimitWindowMs, blockDuration: 0 }];
}

/** Limits that hold for the fleet and not for each replica. */
@Module({
  controllers: [RateLimitController, PoliciesController],
  providers: [
    RateLimitKeys,
    RateLimitMetrics,
    RateLimitHeaders,
    RateLimitService,
    DecisionBatches,
    DecisionStore,
    RefusalCache,
    LocalShare,
    NativeWindow,
    Replicas,
    News,
    NearLimitEvents,
    PoliciesService,
    PolicyFile,
    RouteLimiter,
    RouteLimits,
    StoreFailure,
    RedisThrottlerStorage,
    { provide: getStorageToken(), useExisting: RedisThrottlerStorage },
    { provide: getOptionsToken(), useFactory: defaultPolicy, inject: [Settings] },
    { provide: APP_GUARD, useClass: RateLimitGuard },
  ],
  exports: [RateLimitService, PoliciesService, RedisThrottlerStorage],
})
export class RateLimitModule {}
