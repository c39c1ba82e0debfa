import { Injectable } from '@nestjs/common';
import { type Check, type CheckDecision, costOf } from './decision.js';
import { Replicas } from './replicas.js';

const CAPACITY = 10_000;

interface Window {
  readonly endsAt: number;
  spent: number;
}

/**
 * Limits in this process alone, for policies that say so, while Redis is away: each replica allows its share of the
 * limit, in fixed windows. Of a fixed size: the key that came first makes room.
 */
@Injectable()
export class LocalShare {
  private readonly windows = new Map<string, Window>();

  constructor(private readonly replicas: Replicas) {}

  /** What {@link spend} would say. O(1). */
  look(check: Check): CheckDecision {
    return this.decide(check, 0);
  }

  /** Spends of the share when enough of it is left. O(1). */
  spend(check: Check): CheckDecision {
    return this.decide(check, costOf(check));
  }

  private decide(check: Check, charged: number): CheckDecision {
    const { policy, key } = check;
    const now = performance.now();
    const share = Math.max(Math.floor(policy.limit / this.replicas.count), policy.limit > 0 ? 1 : 0);
    const window = this.window(`${policy.name.length} ${policy.name}${key}`, now, policy.windowMs);
    const fits = window.spent + costOf(check) <= share;
    if (fits) window.spent += charged;
    const resetMs = Math.ceil(window.endsAt - now);
    const isShadow = policy.mode === 'shadow';
    return {
      policy: policy.name,
      allowed: fits || isShadow,
      limit: policy.limit,
      remaining: Math.max(share - window.spent, 0),
      resetMs,
      retryAfterMs: fits ? 0 : resetMs,
      ...(fits || !isShadow ? {} : { wouldRefuse: true }),
    };
  }

  private window(key: string, now: number, windowMs: number): Window {
    const known = this.windows.get(key);
    if (known && now < known.endsAt) return known;
    // What is written last stands last, so that the first is the oldest.
    this.windows.delete(key);
    if (this.windows.size >= CAPACITY) {
      const [oldest] = this.windows.keys();
      this.windows.delete(oldest);
    }
    const window = { endsAt: now + windowMs, spent: 0 };
    this.windows.set(key, window);
    return window;
  }
}
