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

interface Rate {
  readonly limit: number;
  readonly windowMs: number;
  readonly burst: number;
}

const RATES: readonly Rate[] = [
  { limit: 1, windowMs: 60_000, burst: 1 },
  { limit: 7, windowMs: 60_000, burst: 7 },
  { limit: 3, windowMs: 1000, burst: 3 },
  { limit: 3, windowMs: 2000, burst: 10 },
  { limit: 700, windowMs: 1000, burst: 90 },
  { limit: 1000, windowMs: 1000, burst: 1000 },
  { limit: 1000, windowMs: 1000, burst: 1 },
];

describe.each(['token-bucket', 'leaky-bucket'] as const)('a %s', (algorithm) => {
  const bucket = (rate: Rate, name = Object.values(rate).join('-')): Policy => ({ name, algorithm, ...rate });

  it.each(RATES)(
    'answers like a bucket of integers, at $limit in $windowMs ms and up to $burst',
    async (rate) => {
      const policies = [bucket(rate, `${algorithm}-${Object.values(rate).join('-')}`)];
      const findings = await tryOut(clock, {
        seed: rate.burst + algorithm.length,
        operations: 4000,
        policies,
      });
      expect(findings.differences).toEqual([]);
      expect(Math.min(findings.allowed, findings.refused, findings.takenBack)).toBeGreaterThan(40);
    },
  );

  it('says when it is the turn of a request, when all of them leave evenly', async () => {
    const policy = bucket({ limit: 4, windowMs: 1000, burst: 3 }, `${algorithm}-turns`);
    const turns = [await clock.charge(policy), await clock.charge(policy), await clock.charge(policy)];
    expect(turns.map(({ delayMs }) => delayMs)).toEqual([0, 250, 500]);
    expect(await clock.charge(policy)).toMatchObject({ answer: 0, retryAfterMs: 250, resetMs: 750 });
  });

  it('gives back no more than what is missing', async () => {
    const policy = bucket({ limit: 4, windowMs: 1000, burst: 4 }, `${algorithm}-refunds`);
    await clock.charge(policy, 3);
    expect(await clock.refund(policy, { cost: 4 })).toMatchObject({ taken: 3, remaining: 4 });
    expect(await clock.redis.exists(clock.keyOf({ policy, key: 'k' }))).toBe(0);
  });
});

describe('a bucket that is never full again', () => {
  /** Whole microseconds from now until so many requests have been served at an even rate. */
  const after = (requests: number, { limit, windowMs }: Rate): number =>
    Number((BigInt(requests) * BigInt(windowMs) * 1000n + BigInt(limit) - 1n) / BigInt(limit));

  it.each(RATES.slice(0, 6))(
    'drifts by no microsecond in 2,000 refills, at $limit in $windowMs ms and up to $burst',
    async (rate) => {
      const policy: Policy = {
        name: `drift-${Object.values(rate).join('-')}`,
        algorithm: 'token-bucket',
        ...rate,
      };
      const begins = clock.nowMicros;
      await clock.charge(policy, rate.burst);
      const checks = [{ policy, key: 'k', cost: 1 }];
      const calls = Array.from({ length: 2000 }, (_, refill) =>
        [after(refill + 1, rate) - 1, after(refill + 1, rate)].map((micros) => ({
          atMicros: begins + micros,
          requests: [{ operation: 'charge' as const, checks }],
        })),
      );
      const answers = (await clock.run(calls.flat())).map(([{ answer }]) => answer);
      expect(answers.filter((answer, place) => answer !== place % 2)).toEqual([]);
    },
  );
});
