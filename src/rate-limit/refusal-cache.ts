import { Injectable } from '@nestjs/common';
import { type Check, costOf, type Decision } from './decision.js';

const CAPACITY = 20_000;

interface Refusal {
  readonly decision: Decision;
  /** Monotonic, ms. */
  readonly at: number;
  readonly until: number;
}

/**
 * What was refused, until the moment at which it would pass: a flood on one key then costs Redis nothing.
 * Of a fixed size: the oldest makes room, in O(1). It answers only while it would hear of a reset.
 */
@Injectable()
export class RefusalCache {
  private refusals = new Map<string, Refusal>();
  /** The keys in the order of their coming, around and around. */
  private readonly order = Array<string | undefined>(CAPACITY);
  private next = 0;
  private isHearing = false;
  /** Monotonic, ms. */
  private forgottenAt = -Infinity;

  /** The refusal of the same checks, with what is left of its times; undefined when Redis must be asked. */
  find(checks: readonly Check[]): Decision | undefined {
    if (this.refusals.size === 0) return undefined;
    const key = keyOf(checks);
    const refusal = this.refusals.get(key);
    if (!refusal) return undefined;
    const now = performance.now();
    if (now < refusal.until) return aged(refusal, now);
    this.refusals.delete(key);
    return undefined;
  }

  /**
   * @param sentAt monotonic, ms, of before the decision: its times have begun since. What was sent before the last
   * news may be what the news are about, and is not remembered.
   */
  remember(checks: readonly Check[], decision: Decision, sentAt: number): void {
    if (!this.isHearing || sentAt <= this.forgottenAt) return;
    const longest = Math.max(
      ...decision.decisions.map(({ allowed, retryAfterMs }) => (allowed ? 0 : retryAfterMs)),
    );
    const key = keyOf(checks);
    if (!this.refusals.has(key)) {
      const oldest = this.order[this.next];
      if (oldest !== undefined) this.refusals.delete(oldest);
      this.order[this.next] = key;
      this.next = (this.next + 1) % CAPACITY;
    }
    this.refusals.set(key, { decision, at: sentAt, until: sentAt + longest });
  }

  /** Something was reset or refunded somewhere: all is asked anew. A new Map, because clearing one is O(size). */
  forget(): void {
    this.forgottenAt = performance.now();
    if (this.refusals.size > 0) this.refusals = new Map();
  }

  /** Whether news of resets reach this process. While they do not, nothing is answered from here. */
  set hearing(hears: boolean) {
    this.isHearing = hears;
    this.forget();
  }
}

/** Of the common case, one check, without a list in between. */
function keyOf(checks: readonly Check[]): string {
  if (checks.length === 1) return keyOfCheck(checks[0]);
  return checks.map(keyOfCheck).join('');
}

/** With the lengths of its parts, which may hold any character. */
function keyOfCheck(check: Check): string {
  const { name } = check.policy;
  return `${costOf(check)} ${name.length} ${check.key.length} ${name}${check.key}`;
}

function aged({ decision, at }: Refusal, now: number): Decision {
  const passed = now - at;
  return {
    allowed: false,
    decisions: decision.decisions.map((each) => ({
      ...each,
      resetMs: Math.max(Math.ceil(each.resetMs - passed), 0),
      retryAfterMs: Math.max(Math.ceil(each.retryAfterMs - passed), each.allowed ? 0 : 1),
    })),
  };
}
