import { Injectable } from '@nestjs/common';
import { ValidationFailedError } from '../errors/index.js';
import { type Check, type CheckDecision, type Decision, refusal, untouched } from './decision.js';
import { DecisionStore, type Refund } from './decision-store.js';
import { PoliciesService } from './policies/policies.service.js';
import { capacityOf, type Policy } from './policies/policy.js';
import { RateLimitMetrics } from './rate-limit.metrics.js';
import { RefusalCache } from './refusal-cache.js';
import { StoreFailure } from './store-failure.js';

const NOTHING_ASKED: Decision = { allowed: true, decisions: [] };

/**
 * Rate limits for code: decisions under any number of policies, charged all or not at all. Injectable.
 * Failure policy: while Redis is away each policy does what its `onStoreFailure` says; the client counts the fault, and
 * `rate_limit_unchecked_total` the decisions that were made without it.
 */
@Injectable()
export class RateLimitService {
  constructor(
    private readonly policies: PoliciesService,
    private readonly store: DecisionStore,
    private readonly refusals: RefusalCache,
    private readonly failure: StoreFailure,
    private readonly metrics: RateLimitMetrics,
  ) {}

  /** A policy by its name. No round trip. @throws PolicyNotFoundError */
  policy(name: string): Policy {
    return this.policies.get(name);
  }

  /**
   * Decides, and charges every policy when none of them refuses. One round trip, shared with the other decisions of the
   * turn; none for a key that is refused until a moment that has not come. Each script call is O(checks).
   * In a Cluster the checks of one key share a slot and one script; those of several keys are charged key by key, and
   * taken back when a later one refuses: another request may be refused by what is taken back a moment later.
   *
   * @param checks 1 or more, no policy twice for one key; a cost is an integer from 1 to the policy's capacity.
   * @throws ValidationFailedError, and then nothing is charged.
   */
  async decide(checks: readonly Check[]): Promise<Decision> {
    assertValid(checks);
    const decision =
      this.refusals.find(checks) ??
      (await (checks.some(hasLists) ? this.beyondLists(checks, 'c') : this.charge(checks)));
    this.metrics.count(checks, decision);
    return decision;
  }

  /** What {@link decide} would say, without charging. One round trip. */
  async peek(checks: readonly Check[]): Promise<Decision> {
    assertValid(checks);
    return checks.some(hasLists) ? this.beyondLists(checks, 'p') : this.look(checks);
  }

  /**
   * Takes charges back, each from the window in which it was made: a later window is not touched. One round trip a key
   * in a Cluster, else one.
   *
   * @returns what is left of each policy.
   * @throws ValidationFailedError, StateStoreUnavailableError
   */
  refund(refunds: readonly Refund[]): Promise<readonly CheckDecision[]> {
    assertValid(refunds);
    this.refusals.forget();
    return this.store.refund(refunds);
  }

  /** Forgets the hits and the block of a key, on every replica. One round trip. @throws StateStoreUnavailableError */
  reset(policy: Policy, key: string): Promise<void> {
    this.refusals.forget();
    return this.store.reset(policy, key);
  }

  /** Calls back when a decision has crossed a policy's `nearLimitShare`. */
  onNearLimit(listener: (check: Check, decision: CheckDecision) => void): void {
    this.metrics.onNearLimit(listener);
  }

  /** What the lists decide is not asked; where they refuse, nothing is charged. */
  private async beyondLists(checks: readonly Check[], operation: 'c' | 'p'): Promise<Decision> {
    const listed = checks.map(byLists);
    const asked = checks.filter((_check, place) => listed[place] === undefined);
    const isDenied = listed.some((decision) => decision?.allowed === false);
    const rest = isDenied || operation === 'p' ? await this.look(asked) : await this.charge(asked);
    const others = rest.decisions[Symbol.iterator]();
    const decisions = listed.map((decision) => decision ?? (others.next().value as CheckDecision));
    return { ...rest, allowed: rest.allowed && !isDenied, decisions };
  }

  private async look(checks: readonly Check[]): Promise<Decision> {
    if (checks.length === 0) return NOTHING_ASKED;
    return this.store.peek(checks).catch((error: unknown) => this.failure.look(checks, error));
  }

  private async charge(checks: readonly Check[]): Promise<Decision> {
    if (checks.length === 0) return NOTHING_ASKED;
    const sentAt = performance.now();
    try {
      const decision = await this.store.charge(checks);
      if (!decision.allowed) this.refusals.remember(checks, decision, sentAt);
      return decision;
    } catch (error) {
      return this.failure.decide(checks, error);
    }
  }
}

/** What no policy could ever allow, or what would count twice without being seen twice. */
function assertValid(checks: readonly Check[]): void {
  for (let place = 0; place < checks.length; place += 1) {
    const { policy, key, cost } = checks[place];
    if (cost !== undefined && !(Number.isSafeInteger(cost) && cost >= 1 && cost <= mostOf(policy))) {
      const message = `must be an integer from 1 to ${mostOf(policy)}, all that "${policy.name}" can ever allow`;
      throw new ValidationFailedError([{ path: `checks.${place}.cost`, message }]);
    }
    const isDouble =
      place > 0 &&
      checks.some((each, at) => at < place && each.key === key && each.policy.name === policy.name);
    if (isDouble) {
      throw new ValidationFailedError([
        { path: `checks.${place}`, message: 'names a policy twice for one key' },
      ]);
    }
  }
}

/** A limit of 0 refuses a cost of 1 rather than calling it wrong. */
const mostOf = (policy: Policy): number => Math.max(capacityOf(policy), 1);

/** What the lists of a policy say of a key, before anything is asked. */
function byLists({ policy, key }: Check): CheckDecision | undefined {
  if (policy.denyKeys?.includes(key)) return refusal(policy, policy.windowMs);
  return policy.allowKeys?.includes(key) ? untouched(policy) : undefined;
}

const hasLists = ({ policy }: Check): boolean =>
  policy.allowKeys !== undefined || policy.denyKeys !== undefined;
