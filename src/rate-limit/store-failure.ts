import { Injectable } from '@nestjs/common';
import { StateStoreUnavailableError } from '../redis/index.js';
import { type Check, type CheckDecision, type Decision, refusal, untouched } from './decision.js';
import { LocalShare } from './local-share.js';
import { RateLimitMetrics } from './rate-limit.metrics.js';

/** How long a policy refuses that says deny, before a client should look whether Redis is back. */
const DENY_RETRY_MS = 1000;

/** What each policy says while Redis is away: allow, deny, or this replica's share of the limit. */
@Injectable()
export class StoreFailure {
  constructor(
    private readonly local: LocalShare,
    private readonly metrics: RateLimitMetrics,
  ) {}

  /**
   * All are charged or none, as by Redis.
   *
   * @throws the error itself, when it is another than the store's absence.
   */
  decide(checks: readonly Check[], error: unknown): Decision {
    const { allowed, decisions } = this.look(checks, error);
    if (!allowed) return { allowed, decisions };
    const spent = checks.map((check, place) =>
      check.policy.onStoreFailure === 'local' ? this.local.spend(check) : decisions[place],
    );
    return { allowed, decisions: spent };
  }

  /** What {@link decide} would say. @throws as decide */
  look(checks: readonly Check[], error: unknown): Decision {
    if (!(error instanceof StateStoreUnavailableError)) throw error;
    const decisions = checks.map((check) => {
      this.metrics.unchecked(check.policy.name);
      return this.byFailurePolicy(check);
    });
    return { allowed: decisions.every(({ allowed }) => allowed), decisions };
  }

  private byFailurePolicy(check: Check): CheckDecision {
    switch (check.policy.onStoreFailure) {
      case 'deny':
        return refusal(check.policy, DENY_RETRY_MS);
      case 'local':
        return this.local.look(check);
      default:
        return untouched(check.policy);
    }
  }
}
