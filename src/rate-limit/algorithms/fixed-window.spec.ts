import { RateLimitClock } from '../../../test/support/rate-limit-clock.js';
import { tryOut } from '../../../test/support/rate-limit-trial.js';
import type { Policy } from '../policies/policy.js';
import { decideParameters } from '../decide-call.js';
import { policyArguments } from '../policies/policy-arguments.js';
import { decide, refund } from '../rate-limit.scripts.js';

const FORMS = [
  { form: 'of its own', isNative: false },
  { form: 'that INCREX keeps', isNative: true },
];

describe.each(FORMS)('a fixed window in the form $form', ({ isNative }) => {
  let clock: RateLimitClock;

  beforeAll(async () => {
    clock = await RateLimitClock.start({
      decide,
      refund,
      decideParameters: (requests) => decideParameters(requests, () => isNative),
      policyArguments: (policy) => policyArguments(policy, isNative),
    });
  });

  const fixed = (limit: number, windowMs: number, name = `${limit}-in-${windowMs}`): Policy => ({
    name,
    algorithm: 'fixed-window',
    limit,
    windowMs,
  });

  it.each([
    [1, 60_000],
    [7, 1000],
    [100, 12_345],
    [1000, 60_000],
  ])('answers like its definition, with %i in %i ms', async (limit, windowMs) => {
    const policies = [fixed(limit, windowMs)];
    const findings = await tryOut(clock, { seed: limit, operations: 8000, policies });
    expect(findings.differences).toEqual([]);
    expect(Math.min(findings.allowed, findings.refused, findings.takenBack)).toBeGreaterThan(40);
  });

  it('opens with its first hit, and its end forgets all of them', async () => {
    const policy = fixed(2, 60_000, 'opening');
    await clock.charge(policy);
    clock.advance(59_999);
    expect(await clock.charge(policy)).toMatchObject({ answer: 1, remaining: 0, resetMs: 1 });
    expect(await clock.charge(policy)).toMatchObject({ answer: 0, retryAfterMs: 1 });
    clock.advance(1);
    expect(await clock.charge(policy)).toMatchObject({ answer: 1, remaining: 1, resetMs: 60_000 });
  });

  it('takes nothing back that was charged in a window before this one', async () => {
    const policy = fixed(2, 60_000, 'refunds');
    const chargedAt = clock.nowMs;
    await clock.charge(policy);
    clock.advance(60_000);
    await clock.charge(policy);
    expect(await clock.refund(policy, { chargedAt })).toMatchObject({ taken: 0, remaining: 1 });
    expect(await clock.refund(policy, { chargedAt: clock.nowMs })).toMatchObject({ taken: 1, remaining: 2 });
  });
});
