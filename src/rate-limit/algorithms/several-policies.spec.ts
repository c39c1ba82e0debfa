import { RateLimitClock } from '../../../test/support/rate-limit-clock.js';
import { tryOut } from '../../../test/support/rate-limit-trial.js';
import type { Policy } from '../policies/policy.js';
import { decideParameters } from '../decide-call.js';
import { policyArguments } from '../policies/policy-arguments.js';
import { decide, refund } from '../rate-limit.scripts.js';

let clock: RateLimitClock;

beforeAll(async () => {
  clock = await RateLimitClock.start({ decide, refund, decideParameters, policyArguments });
});

const MIXED: readonly Policy[] = [
  { name: 'fixed', algorithm: 'fixed-window', limit: 20, windowMs: 10_000 },
  { name: 'log', algorithm: 'sliding-window-log', limit: 30, windowMs: 15_000 },
  { name: 'counter', algorithm: 'sliding-window-counter', limit: 120, windowMs: 60_000 },
  { name: 'token', algorithm: 'token-bucket', limit: 7, windowMs: 3000, burst: 20 },
  { name: 'leaky', algorithm: 'leaky-bucket', limit: 3, windowMs: 1000, burst: 10 },
];

/** The same with blocks and shadows, and one that lets nothing through. */
const SEVERE: readonly Policy[] = [
  ...MIXED.map((policy, place) => ({
    ...policy,
    name: `severe-${policy.name}`,
    blockDurationMs: [0, 700, 2500, 0, 1234][place],
  })),
  ...MIXED.map((policy) => ({ ...policy, name: `shadow-${policy.name}`, mode: 'shadow' as const })),
  {
    name: 'shadow-block',
    algorithm: 'fixed-window',
    limit: 5,
    windowMs: 9000,
    blockDurationMs: 800,
    mode: 'shadow',
  },
  { name: 'shadow-closed', algorithm: 'sliding-window-log', limit: 0, windowMs: 1000, mode: 'shadow' },
];

describe('a request under several policies', () => {
  it.each([1, 2, 3, 4])(
    'is charged by all of them or by none, in random mixtures (seed %i)',
    async (seed) => {
      const findings = await tryOut(clock, {
        seed,
        operations: 10_000,
        policies: MIXED,
        mixes: true,
        maxCost: 5,
      });
      expect(findings.differences).toEqual([]);
      expect(Math.min(findings.allowed, findings.refused, findings.takenBack)).toBeGreaterThan(200);
    },
  );

  it.each([5, 6, 7, 8])('is so under blocks and shadows as well (seed %i)', async (seed) => {
    const findings = await tryOut(clock, {
      seed,
      operations: 10_000,
      policies: SEVERE,
      mixes: true,
      maxCost: 5,
    });
    expect(findings.differences).toEqual([]);
    expect(Math.min(findings.allowed, findings.refused, findings.takenBack)).toBeGreaterThan(200);
  });

  it.each(MIXED)('leaves no trace in the others when $name refuses it', async (policy) => {
    const checks = MIXED.map((each) => ({ policy: each, key: `trace-${policy.name}` }));
    const { limit, burst = limit } = policy;
    await clock.charge(policy, burst, `trace-${policy.name}`);
    const keys = await clock.redis.keys('test:{trace-*');
    const requests = [{ operation: 'charge' as const, checks }];
    const [said] = await clock.run([{ atMicros: clock.nowMicros, requests }]);
    expect(said.map(({ answer }) => answer)).toEqual(MIXED.map((each) => (each === policy ? 0 : 1)));
    expect(said.map(({ remaining }) => remaining)).toEqual(
      MIXED.map((each) => (each === policy ? 0 : (each.burst ?? each.limit))),
    );
    expect((await clock.redis.keys('test:{trace-*')).sort()).toEqual(keys.sort());
  });
});
