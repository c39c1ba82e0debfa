import { Injectable, type OnModuleInit } from '@nestjs/common';
import { RedisClient, StateStoreUnavailableError } from '../redis/index.js';
import { type Check, costOf } from './decision.js';
import type { Policy } from './policies/policy.js';

/**
 * Fixed windows by INCREX (Redis 8.8, Valkey 9.2), which counts up to a bound and starts the window by itself. For a
 * decision that is alone in its turn; several are decided by one script, which keeps the same key in the same form
 * (see algorithms/lua/integer-window.lua). In a Cluster all are decided by the script.
 */
@Injectable()
export class NativeWindow implements OnModuleInit {
  private isAvailable = false;

  constructor(private readonly redis: RedisClient) {}

  async onModuleInit(): Promise<void> {
    this.redis.connections.onReady(() => void this.probe());
    await this.probe();
  }

  /** Whether this policy's counters are those of INCREX. */
  keeps({ algorithm, blockDurationMs = 0 }: Policy): boolean {
    return this.isAvailable && algorithm === 'fixed-window' && blockDurationMs === 0;
  }

  /**
   * Charges one check. One round trip for `INCREX key BYINT cost UBOUND limit PX window ENX`, PTTL and TIME.
   *
   * @returns what the script decide.lua would reply; undefined for a key in another form, which the script replaces.
   * @throws StateStoreUnavailableError
   */
  async decide(check: Check, key: string): Promise<readonly number[] | undefined> {
    const { limit, windowMs, mode } = check.policy;
    try {
      const [[hits, applied], ttl, [seconds, micros]] = await this.redis.call('rate-limit.increx', (redis) =>
        Promise.all([
          redis.increx(key, 'BYINT', costOf(check), 'UBOUND', limit, 'PX', windowMs, 'ENX'),
          redis.pttl(key),
          redis.time(),
        ]),
      );
      const left = ttl > 0 ? ttl : windowMs;
      const refusal = mode === 'shadow' ? 2 : 0;
      const answer = Number(applied) === 0 ? refusal : 1;
      const ms = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
      return [ms, answer, Math.max(limit - Number(hits), 0), left, answer === 1 ? 0 : left, 0];
    } catch (error) {
      if (error instanceof StateStoreUnavailableError) throw error;
      return undefined;
    }
  }

  private async probe(): Promise<void> {
    try {
      const [info] = (await this.redis.call('rate-limit.probe', (redis) =>
        redis.command('INFO', 'INCREX'),
      )) as unknown[];
      this.isAvailable = info !== null && !this.redis.connections.clustered;
    } catch (error) {
      if (!(error instanceof StateStoreUnavailableError)) throw error;
    }
  }
}
