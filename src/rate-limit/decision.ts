import { capacityOf, type Policy } from './policies/policy.js';

/** What a request wants to spend of a policy. */
export interface Check {
  readonly policy: Policy;
  /** Who spends: a client's address, a user, an API key. */
  readonly key: string;
  /** Absent: 1. */
  readonly cost?: number;
}

/** What one policy says of a request. Times are milliseconds from the decision on. */
export interface CheckDecision {
  readonly policy: string;
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Until all of the limit is there again. */
  readonly resetMs: number;
  /** Until the same request would pass; 0 when it passes. */
  readonly retryAfterMs: number;
  /** Leaky bucket: until it is this request's turn when all of them leave evenly. */
  readonly delayMs?: number;
  /** In shadow mode: allowed, although the policy would have refused. */
  readonly wouldRefuse?: true;
}

/** What all policies of a request say: it is allowed when none refuses it, and only then anything is charged. */
export interface Decision {
  readonly allowed: boolean;
  readonly decisions: readonly CheckDecision[];
  /** Redis' clock, epoch ms: what a refund of these charges names. Absent when Redis was not asked. */
  readonly chargedAt?: number;
}

export const costOf = ({ cost = 1 }: Check): number => cost;

/** What is said of a policy that was not asked. */
export function untouched(policy: Policy): CheckDecision {
  const { name, limit } = policy;
  return { policy: name, allowed: true, limit, remaining: capacityOf(policy), resetMs: 0, retryAfterMs: 0 };
}

/** A refusal without a question to Redis; in shadow mode it refuses nothing. */
export function refusal({ name, limit, mode }: Policy, retryAfterMs: number): CheckDecision {
  const shadow = mode === 'shadow';
  const said = { policy: name, allowed: shadow, limit, remaining: 0, resetMs: retryAfterMs, retryAfterMs };
  return shadow ? { ...said, wouldRefuse: true } : said;
}
