import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { getOptionsToken, getStorageToken, type ThrottlerModuleOptions } from '@nestjs/throttler';
import { Settings } from '../config/index.js';
import { RedisThrottlerStorage } from './adapters/redis-throttler.storage.js';
import { RateLimitGuard } from './rate-limit.guard.js';
import { RateLimitKeys } from './rate-limit.keys.js';

function defaultPolicy({ rateLimit, rateLimitWindowMs }: Settings): ThrottlerModuleOptions {
  // No block: a client may go on as soon as its window ends.
  return [{ name: 'default', limit: rateLimit, ttl: rateLimitWindowMs, blockDuration: 0 }];
}

/** Limits that hold for the fleet and not for each replica. */
@Module({
  providers: [
    RateLimitKeys,
    RedisThrottlerStorage,
    { provide: getStorageToken(), useExisting: RedisThrottlerStorage },
    { provide: getOptionsToken(), useFactory: defaultPolicy, inject: [Settings] },
    { provide: APP_GUARD, useClass: RateLimitGuard },
  ],
  exports: [RedisThrottlerStorage],
})
export class RateLimitModule {}
