import { Injectable } from '@nestjs/common';
import { Metrics, type Tally } from '../observability/index.js';
import { type Check, type CheckDecision, costOf, type Decision } from './decision.js';
import { capacityOf, type Policy } from './policies/policy.js';

const NEAR_LIMIT_SHARE = 0.8;

interface Tallies {
  readonly allowed: Tally;
  readonly refused: Tally;
  readonly shadow: Tally;
  readonly near: Tally;
}

/** Counts what was decided, by policy, and tells who asked when a limit is near. */
@Injectable()
export class RateLimitMetrics {
  private readonly decisions;
  private readonly near;
  private readonly withoutStore;
  private readonly byPolicy = new Map<string, Tallies>();
  private readonly listeners: ((check: Check, decision: CheckDecision) => void)[] = [];

  constructor(metrics: Metrics) {
    this.decisions = metrics.tallies(
      'rate_limit_decisions_total',
      'Decisions of a policy; "shadow": allowed although it would have refused.',
      ['policy', 'allowed'],
    );
    this.near = metrics.tallies('rate_limit_near_total', 'Decisions by which a key came near its limit.', [
      'policy',
    ]);
    this.withoutStore = metrics.counter(
      'rate_limit_unchecked_total',
      'Decisions made without Redis, by the policy for its absence.',
      ['policy'],
    );
  }

  onNearLimit(listener: (check: Check, decision: CheckDecision) => void): void {
    this.listeners.push(listener);
  }

  unchecked(policy: string): void {
    this.withoutStore.inc({ policy });
  }

  count(checks: readonly Check[], { decisions, allowed }: Decision): void {
    for (let place = 0; place < checks.length; place += 1) {
      const decision = decisions[place];
      const tallies = this.byPolicy.get(decision.policy) ?? this.tallies(decision.policy);
      if (!decision.allowed) tallies.refused.added += 1;
      else if (decision.wouldRefuse) tallies.shadow.added += 1;
      else tallies.allowed.added += 1;
      if (allowed && crossesNear(checks[place], decision)) this.tell(tallies, checks[place], decision);
    }
  }

  private tell(tallies: Tallies, check: Check, decision: CheckDecision): void {
    tallies.near.added += 1;
    for (const listener of this.listeners) listener(check, decision);
  }

  private tallies(policy: string): Tallies {
    const tallies = {
      allowed: this.decisions({ policy, allowed: 'true' }),
      refused: this.decisions({ policy, allowed: 'false' }),
      shadow: this.decisions({ policy, allowed: 'shadow' }),
      near: this.near({ policy }),
    };
    this.byPolicy.set(policy, tallies);
    return tallies;
  }
}

/** True for the one decision that reaches the share: those after it are past it. */
function crossesNear(check: Check, { remaining, wouldRefuse }: CheckDecision): boolean {
  if (wouldRefuse) return false;
  const from = nearFrom(check.policy);
  const spent = capacityOf(check.policy) - remaining;
  return spent >= from && spent - costOf(check) < from;
}

function nearFrom(policy: Policy): number {
  return Math.ceil(capacityOf(policy) * (policy.nearLimitShare ?? NEAR_LIMIT_SHARE));
}
