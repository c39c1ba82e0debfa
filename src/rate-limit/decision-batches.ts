import { Injectable } from '@nestjs/common';
import { RedisClient } from '../redis/index.js';
import { type Check, type CheckDecision, costOf, type Decision } from './decision.js';
import type { Policy } from './policies/policy.js';
import { policyArguments } from './policies/policy-arguments.js';
import { NativeWindow } from './native-window.js';
import { RateLimitKeys } from './rate-limit.keys.js';
import { decide } from './rate-limit.scripts.js';

/** More would hold Redis up for others: a script runs alone. */
const MAX_REQUESTS = 64;
/** So many do not wait for the turn's end: Redis decides on them while this process goes through the rest. */
const ENOUGH_REQUESTS = 32;
const INTEGERS_A_CHECK = 5;

interface Waiting {
  readonly checks: readonly Check[];
  readonly keys: readonly string[];
  readonly operation: 'c' | 'p';
  readonly resolve: (decision: Decision) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Collects what is to be decided in one turn of the event loop, so that one script call decides all of it: under load
 * the call costs more than what it does. In a Cluster a call holds what shares a slot.
 */
@Injectable()
export class DecisionBatches {
  private waiting: Waiting[] = [];

  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RateLimitKeys,
    private readonly native: NativeWindow,
  ) {}

  /**
   * Decides on one request, and charges it when it is allowed and `operation` is c.
   * One round trip, shared by all decisions of the turn. O(checks); a sliding log O(log limit) more.
   *
   * @param checks of keys that share a slot; no key twice.
   * @throws StateStoreUnavailableError
   */
  add(checks: readonly Check[], operation: 'c' | 'p'): Promise<Decision> {
    return new Promise((resolve, reject) => {
      if (this.waiting.length === 0) setImmediate(() => this.redis.together(() => this.flush()));
      const keys = checks.map(({ key, policy }) => this.keys.counter(key, policy.name));
      this.waiting.push({ checks, keys, operation, resolve, reject });
      if (this.waiting.length >= ENOUGH_REQUESTS) this.redis.together(() => this.flush());
    });
  }

  private flush(): void {
    const turn = this.waiting;
    if (turn.length === 0) return;
    this.waiting = [];
    if (turn.length === 1 && this.isNative(turn[0])) void this.sendNative(turn[0]);
    else this.sendAll(turn);
  }

  private isNative({ checks, operation }: Waiting): boolean {
    return operation === 'c' && checks.length === 1 && this.native.keeps(checks[0].policy);
  }

  private async sendNative(request: Waiting): Promise<void> {
    try {
      const reply = await this.native.decide(request.checks[0], request.keys[0]);
      if (reply) settle([request], reply);
      else this.send([request]);
    } catch (error) {
      request.reject(error as Error);
    }
  }

  private sendAll(turn: readonly Waiting[]): void {
    for (const requests of this.redis.connections.clustered ? bySlot(turn) : [turn]) {
      for (let start = 0; start < requests.length; start += MAX_REQUESTS) {
        this.send(requests.slice(start, start + MAX_REQUESTS));
      }
    }
  }

  private send(requests: readonly Waiting[]): void {
    const places = new Map<Policy, number>();
    const keys: string[] = [];
    const policies: (string | number)[] = [];
    const rest: (string | number)[] = [];
    for (const request of requests) {
      rest.push(request.operation, request.checks.length);
      keys.push(...request.keys);
      for (const check of request.checks) {
        let place = places.get(check.policy);
        if (place === undefined) {
          places.set(check.policy, (place = places.size + 1));
          policies.push(...policyArguments(check.policy, this.native.keeps(check.policy)));
        }
        rest.push(place, costOf(check));
      }
    }
    policies.push(...rest);
    this.redis
      .run(decide, { keys: {}, args: { policies: places.size }, restKeys: keys, rest: policies })
      .then(
        (reply) => settle(requests, reply),
        (error: Error) => requests.forEach(({ reject }) => reject(error)),
      );
  }
}

/** Requests whose keys share a hash tag, which is what they share a slot by. */
function bySlot(requests: readonly Waiting[]): Waiting[][] {
  const slots = new Map<string, Waiting[]>();
  for (const request of requests) {
    const tag = hashTag(request.keys[0]);
    const others = slots.get(tag);
    if (others) others.push(request);
    else slots.set(tag, [request]);
  }
  return [...slots.values()];
}

function hashTag(key: string): string {
  return key.slice(key.indexOf('{'), key.indexOf('}'));
}

function settle(requests: readonly Waiting[], reply: readonly number[]): void {
  const [chargedAt] = reply;
  let at = 1;
  for (const { checks, resolve } of requests) {
    const decisions: CheckDecision[] = [];
    let allowed = true;
    for (const { policy } of checks) {
      decisions.push(toDecision(policy, reply, at));
      allowed &&= reply[at] !== 0;
      at += INTEGERS_A_CHECK;
    }
    resolve({ allowed, decisions, chargedAt });
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Without spreads: this runs once for each check of each request. */
function toDecision({ name, limit, algorithm }: Policy, reply: readonly number[], at: number): CheckDecision {
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
