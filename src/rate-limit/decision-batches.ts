import { Injectable } from '@nestjs/common';
import { RedisClient } from '../redis/index.js';
import { decideParameters, INTEGERS_A_CHECK, readDecision, type Request } from './decide-call.js';
import type { Check, Decision } from './decision.js';
import { NativeWindow } from './native-window.js';
import { RateLimitKeys } from './rate-limit.keys.js';
import { decide } from './rate-limit.scripts.js';

/**
 * So many do not wait for the turn's end: Redis decides on them while this process goes through the rest. More in one call
 * would hold Redis up for others, too: a script runs alone.
 */
const ENOUGH_REQUESTS = 32;

interface Waiting extends Request {
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
  add(checks: readonly Check[], operation: Request['operation']): Promise<Decision> {
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
      this.send(requests);
    }
  }

  private send(requests: readonly Waiting[]): void {
    this.redis
      .run(
        decide,
        decideParameters(requests, (policy) => this.native.keeps(policy)),
      )
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
  let at = 1;
  for (const { checks, resolve } of requests) {
    resolve(readDecision(checks, reply, at));
    at += checks.length * INTEGERS_A_CHECK;
  }
}
