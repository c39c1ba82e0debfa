import type { ScriptParameters } from '../redis/index.js';
import { type Check, type CheckDecision, costOf, type Decision } from './decision.js';
import type { Policy } from './policies/policy.js';
import { policyArguments } from './policies/policy-arguments.js';

/** What decide.lua says of each check: answer, remaining, resetMs, retryAfterMs, delayMs. */
export const INTEGERS_A_CHECK = 5;

/** One request to decide on. */
export interface Request {
  readonly checks: readonly Check[];
  /** The counters of the checks, in their order. */
  readonly keys: readonly string[];
  /** Charge, or peek. */
  readonly operation: 'c' | 'p';
}

/**
 * The parameters of decide.lua. Requests that ask for the same one after the other, as those of one route do, share
 * their arguments: each argument costs as much as a promise.
 */
export function decideParameters(
  requests: readonly Request[],
  isNative: (policy: Policy) => boolean = () => false,
): ScriptParameters<never, 'policies'> {
  const places = new Map<Policy, number>();
  const restKeys: string[] = [];
  const policies: (string | number)[] = [];
  const runs: (string | number)[] = [];
  const placeOf = (policy: Policy): number => {
    const known = places.get(policy);
    if (known !== undefined) return known;
    policies.push(...policyArguments(policy, isNative(policy)));
    places.set(policy, places.size + 1);
    return places.size;
  };
  for (let at = 0; at < requests.length;) {
    const first = requests[at];
    const start = at;
    while (at < requests.length && asksAlike(first, requests[at])) restKeys.push(...requests[at++].keys);
    runs.push(at - start, first.operation, first.checks.length);
    for (const check of first.checks) runs.push(placeOf(check.policy), costOf(check));
  }
  return { keys: {}, args: { policies: places.size }, restKeys, rest: [...policies, ...runs] };
}

function asksAlike(one: Request, other: Request): boolean {
  if (one === other) return true;
  if (one.operation !== other.operation || one.checks.length !== other.checks.length) return false;
  for (let place = 0; place < one.checks.length; place += 1) {
    const [check, same] = [one.checks[place], other.checks[place]];
    if (check.policy !== same.policy || costOf(check) !== costOf(same)) return false;
  }
  return true;
}

/** What the reply of decide.lua says of one request, whose first check's integers are at `at`. */
export function readDecision(checks: readonly Check[], reply: readonly number[], at: number): Decision {
  const decisions: CheckDecision[] = [];
  let allowed = true;
  for (let place = 0; place < checks.length; place += 1) {
    const from = at + place * INTEGERS_A_CHECK;
    decisions.push(readCheck(checks[place].policy, reply, from));
    allowed &&= reply[from] !== 0;
  }
  return { allowed, decisions, chargedAt: reply[0] };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Without spreads: this runs once for each check of each request. */
function readCheck({ name, limit, algorithm }: Policy, reply: readonly number[], at: number): CheckDecision {
  const answer = reply[at];
  const decision: Mutable<CheckDecision> = {
    policy: name,
    allowed: answer !== 0,
    limit,
    remaining: reply[at + 1],
    resetMs: reply[at + 2],
    retryAfterMs: reply[at + 3],
  };
  if (algorithm === 'leaky-bucket') decision.delayMs = reply[at + 4];
  if (answer === 2) decision.wouldRefuse = true;
  return decision;
}
