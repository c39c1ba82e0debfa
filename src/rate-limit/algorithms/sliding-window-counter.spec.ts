import { Random } from '../../../test/support/random.js';
import { RateLimitClock } from '../../../test/support/rate-limit-clock.js';
import { mostInAnyWindow } from '../../../test/support/rate-limit-oracles.js';
import { tryOut } from '../../../test/support/rate-limit-trial.js';
import type { Policy } from '../policies/policy.js';
import { decideParameters } from '../decide-call.js';
import { policyArguments } from '../policies/policy-arguments.js';
import { decide, refund } from '../rate-limit.scripts.js';

let clock: RateLimitClock;

beforeAll(async () => {
  clock = await RateLimitClock.start({ decide, refund, decideParameters, policyArguments });
});

const counter = (limit: number, windowMs: number, name = `${limit}-in-${windowMs}`): Policy => ({
  name,
  algorithm: 'sliding-window-counter',
  limit,
  windowMs,
});

describe('a sliding window counter', () => {
  it.each([
    [1, 60_000],
    [7, 1000],
    [100, 12_345],
    [1000, 60_000],
  ])('answers like ten tenths of a window and the one before, with %i in %i ms', async (limit, windowMs) => {
    const policies = [counter(limit, windowMs)];
    const findings = await tryOut(clock, { seed: limit, operations: 8000, policies });
    expect(findings.differences).toEqual([]);
    expect(Math.min(findings.allowed, findings.refused, findings.takenBack)).toBeGreaterThan(100);
  });

  it('forgets a hit when its tenth is the eleventh, or a window after the last one', async () => {
    const policy = counter(2, 60_000, 'forgetting');
    clock.advance(6000 - (clock.nowMs % 6000));
    await clock.charge(policy);
    clock.advance(59_999);
    expect(await clock.charge(policy)).toMatchObject({ answer: 1, remaining: 0 });
    clock.advance(6000);
    expect(await clock.peek(policy)).toMatchObject({ answer: 0, retryAfterMs: 1 });
    clock.advance(1);
    expect(await clock.peek(policy)).toMatchObject({ answer: 1, remaining: 1 });
    clock.advance(53_998);
    expect(await clock.peek(policy, 2)).toMatchObject({ answer: 0, remaining: 1 });
    clock.advance(1);
    expect(await clock.peek(policy, 2)).toMatchObject({ answer: 1, remaining: 2 });
  });

  it.each([60_000, 1000, 12_345])(
    'lets nine tenths of its limit and more through when three times as much comes, in %i ms',
    async (windowMs) => {
      const policy = counter(100, windowMs, `steady-${windowMs}`);
      const windows = 33;
      const requests = [{ operation: 'charge' as const, checks: [{ policy, key: 'k' }] }];
      const calls = Array.from({ length: 300 * windows }, (_, hit) => ({
        atMicros: clock.nowMicros + Math.floor((hit * windowMs * 1000) / 300),
        requests,
      }));
      const allowed = (await clock.run(calls)).filter(([{ answer }]) => answer === 1).length;
      expect(allowed / windows).toBeGreaterThanOrEqual(90);
    },
  );
});

/** Tries to get more than the limit into a window; each has its own key and its own idea of when to come. */
class Adversary {
  nowMs: number;
  cost = 1;
  readonly hits: number[] = [];
  private retryAfterMs = 0;
  private readonly random: Random;
  private readonly habits: readonly (() => number)[];

  constructor(
    readonly seed: number,
    readonly policy: Policy,
    startMs: number,
  ) {
    this.random = new Random(seed);
    this.nowMs = startMs;
    const tenthMs = Math.ceil(policy.windowMs / 10);
    const nextTenth = () => tenthMs - (this.nowMs % tenthMs);
    const lastHit = () => this.hits.at(-1) ?? startMs;
    const all = [
      () => 0,
      () => nextTenth() - 1,
      () => nextTenth() + this.random.pick([-1, 0, 1]),
      () => nextTenth() + tenthMs * this.random.integer(0, 10) - this.random.integer(0, 2),
      () => this.retryAfterMs + this.random.pick([-1, 0, 0, 1]),
      () => lastHit() + policy.windowMs + this.random.pick([-1, 0, 1]) - this.nowMs,
      () => this.random.integer(0, policy.windowMs / policy.limit),
      () => this.random.integer(0, policy.windowMs),
    ];
    // Most have a few habits, so that some do one thing all the time.
    this.habits = all.filter(() => this.random.chance(0.35)).concat(all[seed % all.length], all[0]);
  }

  call() {
    this.nowMs += Math.max(this.random.pick(this.habits)(), 0);
    this.cost = this.random.chance(0.7) ? 1 : this.random.integer(1, this.policy.limit);
    const checks = [{ policy: this.policy, key: String(this.seed), cost: this.cost }];
    const requests = [{ operation: 'charge' as const, checks }];
    return { atMicros: this.nowMs * 1000 + this.random.integer(0, 999), requests };
  }

  hear(allowed: boolean, retryAfterMs: number): void {
    this.retryAfterMs = retryAfterMs;
    if (allowed) this.hits.push(...Array.from({ length: this.cost }, () => this.nowMs));
  }
}

describe('an adversary of a sliding window counter', () => {
  const POLICIES = [counter(1, 1000), counter(5, 1000), counter(10, 60_000), counter(30, 12_345)];
  const ADVERSARIES = 80;
  const ROUNDS = 300;

  it.each(POLICIES)('gets no more than $limit hits into any window of $windowMs ms', async (policy) => {
    const own = { ...policy, name: `adversary-${policy.name}` };
    const adversaries = Array.from(
      { length: ADVERSARIES },
      (_, seed) => new Adversary(seed, own, clock.nowMs + 7 * seed),
    );
    for (let round = 0; round < ROUNDS; round += 1) {
      const said = await clock.run(adversaries.map((adversary) => adversary.call()));
      said.forEach(([{ answer, retryAfterMs }], place) =>
        adversaries[place].hear(answer === 1, retryAfterMs),
      );
    }
    const most = adversaries.map(({ hits }) => mostInAnyWindow(hits, policy.windowMs));
    const successful = adversaries.filter((_, place) => most[place] > policy.limit).map(({ seed }) => seed);
    expect({ successful }).toEqual({ successful: [] });
    expect(Math.max(...most)).toBe(policy.limit);
  });
});
