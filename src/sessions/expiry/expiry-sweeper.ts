import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { RedisClient } from '../../redis/index.js';
import { SessionEvents } from '../session-events.js';
import { SessionsKeys } from '../sessions.keys.js';
import { ExpiryIndex } from './expiry-index.js';
import { type Claim, dropExpired, readExpired } from './expiry.scripts.js';

const LOOK_EVERY_MS = 500;

/**
 * Tells the listeners of sessions that have expired, and drops them. At least once: a session is dropped after its
 * listeners have been told, and whoever dies in between, or fails, leaves it to the next look of any replica.
 */
@Injectable()
export class ExpirySweeper implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Sessions');
  private timer?: NodeJS.Timeout;
  private sweeping?: Promise<void>;

  constructor(
    private readonly redis: RedisClient,
    private readonly keys: SessionsKeys,
    private readonly events: SessionEvents,
    private readonly index: ExpiryIndex,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** One look at a time; those of the next tick find what was left. */
  private look(): void {
    if (this.sweeping || !this.events.has('expired') || !this.redis.ready) return;
    this.sweeping = this.sweep()
      .catch((error: Error) => this.logger.warn(`expired sessions are told of later: ${error.message}`))
      .finally(() => (this.sweeping = undefined));
  }

  private async sweep(): Promise<void> {
    const claims = await this.index.claim();
    await Promise.all(claims.map((claim) => this.tell(claim)));
  }

  private async tell(claim: Claim): Promise<void> {
    const keys = { user: this.keys.user(claim.tag) };
    try {
      const expired = await this.redis.run(readExpired, { keys, args: {} });
      await Promise.all(
        expired.map(([sessionId, , , userId]) => this.events.deliver({ type: 'expired', userId, sessionId })),
      );
      const ids = ` ${expired.map(([id]) => id).join(' ')} `;
      await this.index.settle(claim, await this.redis.run(dropExpired, { keys, args: { ids } }));
    } catch (error) {
      this.logger.warn(`an expired session is told of again: ${(error as Error).message}`);
      await this.index.retry(claim);
    }
  }
}
