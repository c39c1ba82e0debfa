import { Injectable } from '@nestjs/common';
import { RedisClient } from '../redis/index.js';
import { DecisionBatches } from './decision-batches.js';
import { type Check, type CheckDecision, costOf, type Decision } from './decision.js';
import { NativeWindow } from './native-window.js';
import { policyArguments } from './policies/policy-arguments.js';
import type { Policy } from './policies/policy.js';
import { RateLimitKeys } from './rate-limit.keys.js';
import { refund, reset } from './rate-limit.scripts.js';

/** A check whose charge is taken back, and when it was charged: `chargedAt` of its decision. */
export interface Refund extends Check {
  /** Epoch ms by Redis' clock. Absent: the newest hits are taken back. */
  readonly chargedAt?: number;
}

/**
 * Decisions in Redis. In a Cluster the checks of one key share a slot and one script; those of several keys are charged
 * key by key, and taken back when a later one refuses.
 */
@Injectable()
export class DecisionStore {
  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RateLimitKeys,
    private readonly batches: DecisionBatches,
    private readonly native: NativeWindow,
  ) {}

  /** One round trip, shared with the other decisions of the turn; in a Cluster one a key. @throws StateStoreUnavailableError */
  charge(checks: readonly Check[]): Promise<Decision> {
    const groups = this.groups(checks);
    if (groups.length === 1) return this.batches.add(checks, 'c');
    return this.chargeInTurn(groups).then((parts) => inOrder(checks, groups, parts));
  }

  /** What {@link charge} would say. One round trip. @throws StateStoreUnavailableError */
  async peek(checks: readonly Check[]): Promise<Decision> {
    const groups = this.groups(checks);
    return inOrder(checks, groups, await Promise.all(groups.map((group) => this.batches.add(group, 'p'))));
  }

  /** Takes charges back. One round trip; in a Cluster one a key, all at once. @throws StateStoreUnavailableError */
  async refund(refunds: readonly Refund[]): Promise<readonly CheckDecision[]> {
    const groups = this.groups(refunds);
    const parts = await Promise.all(groups.map((group) => this.refundGroup(group)));
    return inOrder(refunds, groups, parts).decisions;
  }

  /** Forgets the hits and the block of a key. One round trip. @throws StateStoreUnavailableError */
  async reset(policy: Policy, key: string): Promise<void> {
    await this.redis.run(reset, {
      keys: { counter: this.keys.counter(key, policy.name) },
      args: { channel: this.keys.news() },
    });
  }

  /**
   * In a Cluster: what one script may touch lies in one slot, so keys are charged in turn, and what was charged is taken
   * back when a later key refuses or cannot be asked.
   */
  private async chargeInTurn(groups: readonly (readonly Check[])[]): Promise<Decision[]> {
    const parts: Decision[] = [];
    for (const group of groups) {
      const part = await this.batches.add(group, 'c').catch((error: unknown) => {
        // The request does not wait for it. What cannot be taken back either stays charged, and the client counts the fault.
        void Promise.allSettled(this.takeBack(groups, parts));
        throw error;
      });
      if (part.allowed) {
        parts.push(part);
        continue;
      }
      const unasked = groups.slice(parts.length + 1).map((checks) => this.batches.add(checks, 'p'));
      const takenBack = this.takeBack(groups, parts);
      return [...(await Promise.all(takenBack)), part, ...(await Promise.all(unasked))];
    }
    return parts;
  }

  private takeBack(groups: readonly (readonly Check[])[], parts: readonly Decision[]): Promise<Decision>[] {
    return parts.map(({ chargedAt }, at) =>
      this.refundGroup(groups[at].map((check) => ({ ...check, chargedAt }))),
    );
  }

  /** Checks whose keys share a slot: all of them, unless Redis is a Cluster. */
  private groups<C extends Check>(checks: readonly C[]): (readonly C[])[] {
    if (!this.redis.connections.clustered) return [checks];
    const groups = new Map<string, C[]>();
    for (const check of checks) groups.set(check.key, [...(groups.get(check.key) ?? []), check]);
    return [...groups.values()];
  }

  private async refundGroup(refunds: readonly Refund[]): Promise<Decision> {
    const reply = await this.redis.run(refund, {
      keys: {},
      args: { channel: this.keys.news() },
      restKeys: refunds.map(({ key, policy }) => this.keys.counter(key, policy.name)),
      rest: refunds.flatMap((each) => [
        ...policyArguments(each.policy, this.native.keeps(each.policy)),
        costOf(each),
        each.chargedAt ?? 0,
      ]),
    });
    const decisions = refunds.map(({ policy: { name, limit } }, place) => {
      const [, remaining, resetMs, retryAfterMs] = reply.slice(1 + place * 4);
      return { policy: name, allowed: true, limit, remaining, resetMs, retryAfterMs };
    });
    return { allowed: true, decisions };
  }
}

/** One decision of those on groups of checks, with what it says of each check at the check's own place. */
function inOrder(
  checks: readonly Check[],
  groups: readonly (readonly Check[])[],
  parts: readonly Decision[],
): Decision {
  if (parts.length === 1) return parts[0];
  const decisions = new Map<Check, CheckDecision>();
  groups.forEach((group, part) =>
    group.forEach((check, place) => decisions.set(check, parts[part].decisions[place])),
  );
  return {
    allowed: parts.every(({ allowed }) => allowed),
    decisions: checks.map((check) => decisions.get(check) as CheckDecision),
    chargedAt: parts.at(-1)?.chargedAt,
  };
}
