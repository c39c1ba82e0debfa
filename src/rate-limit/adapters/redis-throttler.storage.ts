import { Injectable } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { DecisionBatches } from '../decision-batches.js';
import { ThrottlerPolicies } from '../policies/throttler-policy.js';

/** The state of a counter after a hit, in @nestjs/throttler's words: times are whole seconds, rounded up. */
type Hit = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/** The share of the storage that @nestjs/throttler asks for: all replicas count in the same place. */
@Injectable()
export class RedisThrottlerStorage implements ThrottlerStorage {
  private readonly policies = new ThrottlerPolicies();

  constructor(private readonly batches: DecisionBatches) {}

  /**
   * Counts one hit. One round trip, O(1).
   *
   * @param ttl, blockDuration milliseconds.
   * @returns times in whole seconds, rounded up, as ThrottlerGuard expects them.
   * @throws StateStoreUnavailableError
   */
  async increment(
    key: string,
    ttl: number,
    limit: number,
    blockDuration: number,
    throttlerName: string,
  ): Promise<Hit> {
    const policy = this.policies.of(throttlerName, limit, ttl, blockDuration);
    const { decisions } = await this.batches.add([{ policy, key }], 'c');
    const { allowed, remaining, resetMs, retryAfterMs } = decisions[0];
    return {
      totalHits: allowed ? policy.limit - remaining : policy.limit + 1,
      timeToExpire: Math.ceil(resetMs / 1000),
      isBlocked: !allowed,
      timeToBlockExpire: Math.ceil(retryAfterMs / 1000),
    };
  }
}
