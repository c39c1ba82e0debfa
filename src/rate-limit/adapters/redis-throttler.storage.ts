import { Injectable } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { RedisClient } from '../../redis/index.js';
import { RateLimitKeys } from '../rate-limit.keys.js';
import { fixedWindow, type Hit } from '../rate-limit.scripts.js';

/** The share of the storage that @nestjs/throttler asks for: all replicas count in the same place. */
@Injectable()
export class RedisThrottlerStorage implements ThrottlerStorage {
  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RateLimitKeys,
  ) {}

  /**
   * Counts one hit. One round trip, O(1).
   *
   * @param ttl, blockDuration milliseconds.
   * @returns times in whole seconds, rounded up, as ThrottlerGuard expects them.
   * @throws StateStoreUnavailableError
   */
  increment(
    key: string,
    ttl: number,
    limit: number,
    blockDuration: number,
    throttlerName: string,
  ): Promise<Hit> {
    return this.redis.run(fixedWindow, {
      keys: { counter: this.keys.counter(key, throttlerName) },
      args: { windowMs: ttl, limit, blockMs: blockDuration },
    });
  }
}
