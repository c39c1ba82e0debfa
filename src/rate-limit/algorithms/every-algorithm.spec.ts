import { RateLimitClock } from '../../../test/support/rate-limit-clock.js';
import { ALGORITHMS, type Policy } from '../policies/policy.js';
import { decideParameters } from '../decide-call.js';
import { policyArguments } from '../policies/policy-arguments.js';
import { decide, refund } from '../rate-limit.scripts.js';

const WINDOW_MS = 60_000;
const BLOCK_MS = 90_000;
const LIMIT = 5;

let clock: RateLimitClock;

beforeAll(async () => {
  clock = await RateLimitClock.start({ decide, refund, decideParameters, policyArguments });
});

beforeEach(() => clock.flush());

describe.each(ALGORITHMS)('a %s', (algorithm) => {
  const policy: Policy = { name: 'p', algorithm, limit: LIMIT, windowMs: WINDOW_MS };
  const closed: Policy = { ...policy, limit: 0 };
  const blocking: Policy = { ...policy, blockDurationMs: BLOCK_MS };

  it('lets nothing through when its limit is 0', async () => {
    for (let minute = 0; minute < 5; minute += 1) {
      const refusal = { answer: 0, remaining: 0, resetMs: WINDOW_MS, retryAfterMs: WINDOW_MS };
      expect(await clock.charge(closed)).toMatchObject(refusal);
      expect(await clock.peek(closed)).toMatchObject(refusal);
      expect(await clock.refund(closed)).toMatchObject({ taken: 0, remaining: 0 });
      clock.advance(WINDOW_MS);
    }
    expect(await clock.redis.dbsize()).toBe(1);
  });

  it('lets nothing more through once its limit has been set to 0', async () => {
    await clock.charge(policy, 2);
    expect(await clock.charge(closed)).toMatchObject({ answer: 0, remaining: 0 });
  });

  it('begins no block before a refusal, and none by a peek', async () => {
    await clock.charge(blocking, LIMIT);
    expect(await clock.peek(blocking)).toMatchObject({ answer: 0, retryAfterMs: BLOCK_MS });
    clock.advance(WINDOW_MS);
    expect(await clock.charge(blocking)).toMatchObject({ answer: 1 });
  });

  it('refuses for the block that a refusal begins, whatever comes meanwhile', async () => {
    await clock.charge(blocking, LIMIT);
    expect(await clock.charge(blocking)).toMatchObject({ answer: 0, retryAfterMs: BLOCK_MS });
    for (let leftMs = BLOCK_MS; leftMs > 0; leftMs -= 1000) {
      const refusal = { answer: 0, remaining: 0, retryAfterMs: leftMs, resetMs: leftMs };
      expect(await clock.charge(blocking)).toMatchObject(refusal);
      expect(await clock.refund(blocking)).toMatchObject({ taken: 0, remaining: 0, retryAfterMs: leftMs });
      clock.advance(999);
      expect(await clock.peek(blocking)).toMatchObject({ answer: 0, retryAfterMs: leftMs - 999 });
      clock.advance(1);
    }
    expect(await clock.charge(blocking)).toMatchObject({ answer: 1 });
  });

  it('has forgotten the hits at the end of a block', async () => {
    await clock.charge(blocking, LIMIT);
    const short = { ...blocking, blockDurationMs: 10 };
    await clock.charge(short);
    clock.advance(10);
    expect(await clock.charge(short, LIMIT)).toMatchObject({ answer: 1, remaining: 0 });
    expect(await clock.charge(short)).toMatchObject({ answer: 0, retryAfterMs: 10 });
  });

  it('begins a block for a request that goes over the limit, although less would pass', async () => {
    await clock.charge(blocking, 3);
    expect(await clock.charge(blocking, 3)).toMatchObject({ answer: 0, remaining: 2 });
    expect(await clock.charge(blocking, 1)).toMatchObject({ answer: 0, remaining: 0 });
  });

  it('begins no block in shadow', async () => {
    const shadow: Policy = { ...blocking, mode: 'shadow' };
    await clock.charge(shadow, LIMIT);
    expect(await clock.charge(shadow)).toMatchObject({ answer: 2 });
    clock.advance(WINDOW_MS);
    expect(await clock.charge(shadow)).toMatchObject({ answer: 1, remaining: LIMIT - 1 });
  });

  it('refuses for no longer than a block that was cut or taken away meanwhile', async () => {
    for (const blockDurationMs of [1000, 0]) {
      await clock.flush();
      await clock.charge(blocking, LIMIT);
      await clock.charge(blocking);
      const changed = { ...policy, blockDurationMs };
      const { answer, retryAfterMs } = await clock.charge(changed);
      expect(answer).toBe(0);
      expect(retryAfterMs).toBe(Math.max(blockDurationMs, 1));
      clock.advance(retryAfterMs);
      expect(await clock.charge(changed)).toMatchObject({ answer: 1, remaining: LIMIT - 1 });
    }
  });

  it('refuses for no longer than a window that was cut meanwhile', async () => {
    await clock.charge(policy, LIMIT);
    const cut = { ...policy, windowMs: 1000 };
    const startedAt = clock.nowMs;
    while ((await clock.charge(cut)).answer === 0) clock.advance(100);
    expect(clock.nowMs - startedAt).toBeLessThanOrEqual(1000);
  });

  it.each(ALGORITHMS)(
    'starts afresh when its policy has been a %s, unless the state is the same',
    async (old) => {
      const buckets = ['token-bucket', 'leaky-bucket'];
      const same = old === algorithm || (buckets.includes(old) && buckets.includes(algorithm));
      await clock.charge({ ...policy, algorithm: old }, LIMIT);
      const changed = { answer: same ? 0 : 1, remaining: same ? 0 : LIMIT - 1 };
      expect(await clock.refund(policy)).toMatchObject({ taken: same ? 1 : 0 });
      if (same) await clock.charge(policy);
      expect(await clock.charge(policy)).toMatchObject(changed);
    },
  );

  it.each(ALGORITHMS)('keeps the block of a %s that its policy has been', async (old) => {
    await clock.charge({ ...blocking, algorithm: old }, LIMIT);
    await clock.charge({ ...blocking, algorithm: old });
    clock.advance(BLOCK_MS - 1);
    expect(await clock.charge(blocking)).toMatchObject({ answer: 0, retryAfterMs: 1 });
    clock.advance(1);
    expect(await clock.charge(blocking)).toMatchObject({ answer: 1 });
  });
});
