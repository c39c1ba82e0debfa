import { RateLimitClock } from '../../../test/support/rate-limit-clock.js';
import { tryOut } from '../../../test/support/rate-limit-trial.js';
import type { Policy } from '../policies/policy.js';
import { decideParameters } from '../decide-call.js';
import { policyArguments } from '../policies/policy-arguments.js';
import { decide, refund } from '../rate-limit.scripts.js';

const WINDOW_MS = 60_000;

let clock: RateLimitClock;

beforeAll(async () => {
  clock = await RateLimitClock.start({ decide, refund, decideParameters, policyArguments });
});

const log = (limit: number, name = `log-of-${limit}`): Policy => ({
  name,
  algorithm: 'sliding-window-log',
  limit,
  windowMs: WINDOW_MS,
});

describe('a sliding window log', () => {
  it.each([1, 7, 100, 1000])('answers like a list of all hits, with a limit of %i', async (limit) => {
    const findings = await tryOut(clock, { seed: limit, operations: 25_000, policies: [log(limit)] });
    expect(findings.differences).toEqual([]);
    expect(Math.min(findings.allowed, findings.refused, findings.takenBack)).toBeGreaterThan(250);
  });

  it('counts a hit for exactly a window', async () => {
    const policy = log(1, 'exact');
    expect(await clock.charge(policy)).toMatchObject({ answer: 1, remaining: 0, resetMs: WINDOW_MS });
    clock.advance(WINDOW_MS - 1);
    expect(await clock.charge(policy)).toMatchObject({ answer: 0, resetMs: 1, retryAfterMs: 1 });
    clock.advance(1);
    expect(await clock.charge(policy)).toMatchObject({ answer: 1 });
  });

  it('waits for as many hits to leave as a request costs', async () => {
    const policy = log(10, 'costs');
    for (let second = 0; second < 10; second += 1) {
      await clock.charge(policy);
      clock.advance(1000);
    }
    expect(await clock.peek(policy, 1)).toMatchObject({ retryAfterMs: 50_000, resetMs: 59_000 });
    expect(await clock.peek(policy, 4)).toMatchObject({ retryAfterMs: 53_000, resetMs: 59_000 });
  });

  it('takes back the hits of the moment that a refund names, and else the newest', async () => {
    const policy = log(10, 'refunds');
    const chargedAt = clock.nowMs;
    await clock.charge(policy, 4);
    clock.advance(1000);
    await clock.charge(policy, 4);
    expect(await clock.refund(policy, { cost: 9, chargedAt })).toMatchObject({ taken: 4, remaining: 6 });
    expect(await clock.refund(policy, { cost: 1, chargedAt })).toMatchObject({ taken: 0, remaining: 6 });
    expect(await clock.refund(policy, { cost: 9 })).toMatchObject({ taken: 4, remaining: 10 });
    expect(await clock.redis.exists(clock.keyOf({ policy, key: 'k' }))).toBe(0);
  });

  it('keeps counting for years without a pause', async () => {
    const policy = { ...log(2, 'years'), windowMs: 31 * 86_400_000 };
    for (let hit = 0; hit < 60; hit += 1) {
      expect(await clock.charge(policy)).toMatchObject({ answer: 1 });
      expect(await clock.peek(policy, 2)).toMatchObject({ answer: 0, remaining: 1 });
      clock.advance(policy.windowMs - 1);
      expect(await clock.charge(policy)).toMatchObject({ answer: 1, remaining: 0 });
      expect(await clock.charge(policy)).toMatchObject({ answer: 0, retryAfterMs: 1 });
      clock.advance(1);
      expect(await clock.refund(policy, { cost: 1 })).toMatchObject({ taken: 1, remaining: 2 });
    }
  });
});
