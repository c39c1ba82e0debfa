import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { OwnEvents } from '../http/index.js';
import type { Check, CheckDecision } from './decision.js';
import { RateLimitService } from './rate-limit.service.js';

const MAX_REMEMBERED = 10_000;

/**
 * Publishes that a key has come near its limit: once in a window by each process, as a bucket that fills while it is emptied comes near
 * its limit again and again.
 */
@Injectable()
export class NearLimitEvents implements OnApplicationBootstrap {
  /** Until when nothing more is told of a key, on the clock that does not jump. */
  private readonly told = new Map<string, number>();

  constructor(
    private readonly limits: RateLimitService,
    private readonly ownEvents: OwnEvents,
  ) {}

  onApplicationBootstrap(): void {
    if (this.ownEvents.arePublished) this.limits.onNearLimit((check, decision) => this.tell(check, decision));
  }

  private tell({ policy, key }: Check, { limit, remaining, resetMs }: CheckDecision): void {
    const now = performance.now();
    const name = `${policy.name} ${key}`;
    if ((this.told.get(name) ?? 0) > now) return;
    this.remember(name, now + policy.windowMs);
    const data = { policy: policy.name, key, limit, remaining, resetMs };
    this.ownEvents.tell({ type: 'rate-limit.near', data });
  }

  private remember(name: string, until: number): void {
    this.told.delete(name);
    this.told.set(name, until);
    if (this.told.size <= MAX_REMEMBERED) return;
    const [oldest] = this.told.keys();
    this.told.delete(oldest);
  }
}
