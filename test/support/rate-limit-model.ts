import type { Check, Policy, Refund } from '../../src/rate-limit/index.js';
import type { Request, Said } from './rate-limit-clock.js';
import { type Oracle, oracleOf, type Verdict } from './rate-limit-oracles.js';

/** What there is of a policy that was not charged yet. */
const capacityOf = ({ limit, burst = limit }: Policy): number => burst;

/** Counters of any number of keys and policies, with what is true of all algorithms: blocks, shadows, all or none. */
export class RateLimitModel {
  private readonly counters = new Map<string, Counter>();

  /** What a check would be told. */
  ask({ key, policy, cost = 1 }: Check, atMicros: number): Verdict {
    return this.counter(key, policy).ask(atMicros, cost);
  }

  /** What the checks of a request are told. All are charged when none refuses, else none. */
  decide({ operation, checks }: Request, atMicros: number): Said[] {
    const verdicts = checks.map((check) => this.ask(check, atMicros));
    const isShadow = (place: number) => checks[place].policy.mode === 'shadow';
    const passes = verdicts.every(({ allowed }, place) => allowed || isShadow(place));
    return verdicts.map(({ allowed, remaining, resetMs, retryAfterMs, delayMs }, place) => {
      const { key, policy, cost = 1 } = checks[place];
      const counter = this.counter(key, policy);
      const charges = operation === 'charge' && passes && allowed;
      if (charges) counter.charge(atMicros, cost);
      if (operation === 'charge' && !allowed && !isShadow(place)) counter.refuse(atMicros);
      const refusal = isShadow(place) ? 2 : 0;
      return {
        answer: allowed ? 1 : refusal,
        remaining: charges ? remaining - cost : remaining,
        resetMs: allowed && !charges && remaining === capacityOf(policy) ? 0 : resetMs,
        retryAfterMs,
        delayMs,
      };
    });
  }

  /** What is taken back, and what a request of cost 1 would be told then. */
  refund(refunds: readonly Refund[], atMicros: number): Said[] {
    return refunds.map(({ key, policy, cost = 1, chargedAt = 0 }) => {
      const counter = this.counter(key, policy);
      const taken = counter.refund(atMicros, cost, chargedAt);
      const { remaining, resetMs, retryAfterMs } = counter.ask(atMicros, 1);
      return { taken, remaining, resetMs, retryAfterMs };
    });
  }

  private counter(key: string, policy: Policy): Counter {
    const name = `${policy.name} ${key}`;
    let counter = this.counters.get(name);
    if (!counter) this.counters.set(name, (counter = new Counter(policy)));
    return counter;
  }
}

/** One key under one policy, which may be blocked. */
class Counter {
  private oracle: Oracle;
  private blockedUntil = -Infinity;

  constructor(private readonly policy: Policy) {
    this.oracle = oracleOf(policy);
  }

  ask(atMicros: number, cost: number): Verdict {
    const left = this.blockedUntil - Math.floor(atMicros / 1000);
    if (left > 0) return blocked(atMicros, 0, left);
    const verdict = this.oracle.ask(atMicros, cost);
    const { blockDurationMs = 0 } = this.policy;
    const blocks = !verdict.allowed && blockDurationMs > 0;
    return blocks ? blocked(atMicros, verdict.remaining, blockDurationMs) : verdict;
  }

  charge(atMicros: number, cost: number): void {
    this.oracle.charge(atMicros, cost);
  }

  refund(atMicros: number, cost: number, chargedAt: number): number {
    return this.oracle.refund(atMicros, cost, chargedAt);
  }

  /** Begins a block, if the policy has one and none has begun; the hits before it are forgotten. */
  refuse(atMicros: number): void {
    const ms = Math.floor(atMicros / 1000);
    const { blockDurationMs = 0 } = this.policy;
    if (blockDurationMs === 0 || this.blockedUntil > ms) return;
    this.blockedUntil = ms + blockDurationMs;
    this.oracle = oracleOf(this.policy);
  }
}

const blocked = (atMicros: number, remaining: number, left: number): Verdict => ({
  allowed: false,
  remaining,
  resetMs: left,
  retryAfterMs: left,
  delayMs: 0,
  passesAtMicros: (Math.floor(atMicros / 1000) + left) * 1000,
});
