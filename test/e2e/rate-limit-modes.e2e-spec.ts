import { type Check, RateLimitService } from '../../src/rate-limit/index.js';
import type { TestApp } from '../support/app.js';
import { parsePrometheus } from '../support/prometheus.js';
import {
  counterKeys,
  decide,
  keyPath,
  leftOf,
  LONG_MS,
  parseList,
  type PolicyFields,
  putPolicy,
  startReplica,
} from '../support/rate-limits.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

let redis: TestRedis;
let a: TestApp;
/** Sends X-RateLimit-* too. */
let b: TestApp;

beforeAll(async () => {
  redis = await TestRedis.start();
  const REDIS_URL = redis.url;
  [a, b] = await Promise.all([
    startReplica({ REDIS_URL }),
    startReplica({ REDIS_URL, RATE_LIMIT_LEGACY_HEADERS: 'true' }),
  ]);
});

const ONCE: PolicyFields = { algorithm: 'fixed-window', limit: 1, windowMs: LONG_MS };

/** Puts a policy on both replicas. */
const put = (name: string, fields: Partial<PolicyFields>) => putPolicy([a, b], name, { ...ONCE, ...fields });

async function metric(name: string, labels: Record<string, string>): Promise<number> {
  const samples = parsePrometheus((await a.request('GET', '/metrics')).text);
  const mine = samples.filter(
    (sample) =>
      sample.name === `holdfast_rate_limit_${name}` &&
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  return mine.reduce((sum, { value }) => sum + value, 0);
}

describe('shadow mode', () => {
  beforeAll(() => put('shadow', { mode: 'shadow' }));

  it('refuses nothing, and tells and counts what it would have refused', async () => {
    const answers = [];
    for (let i = 0; i < 3; i++)
      answers.push(await decide(a, [{ policy: 'shadow', key: 'x' }], { enforce: true }));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(answers[0].body.decisions[0]).not.toHaveProperty('wouldRefuse');
    for (const { body } of answers.slice(1)) {
      expect(body).toMatchObject({
        allowed: true,
        decisions: [{ policy: 'shadow', allowed: true, wouldRefuse: true, remaining: 0 }],
      });
      expect(body.decisions[0].retryAfterMs).toBeGreaterThan(0);
    }
    const decisions = (allowed: string) => metric('decisions_total', { policy: 'shadow', allowed });
    expect([await decisions('true'), await decisions('shadow'), await decisions('false')]).toEqual([1, 2, 0]);
    expect(await metric('near_total', { policy: 'shadow' })).toBe(1);
  });

  it('keeps no other policy from charging or refusing', async () => {
    await put('real', { limit: 2 });
    const checks = ['shadow', 'real'].map((policy) => ({ policy, key: 'both' }));
    const answers = [];
    for (let i = 0; i < 3; i++) answers.push((await decide(a, checks)).body);
    expect(answers.map(({ allowed }) => allowed)).toEqual([true, true, false]);
    expect(answers[1].decisions).toMatchObject([{ wouldRefuse: true }, { allowed: true, remaining: 0 }]);
    expect(answers[2].decisions).toMatchObject([{ allowed: true, wouldRefuse: true }, { allowed: false }]);
  });

  it('blocks nobody', async () => {
    await put('shadow-block', { mode: 'shadow', blockDurationMs: LONG_MS });
    for (let i = 0; i < 2; i++) await decide(a, [{ policy: 'shadow-block', key: 'x' }]);
    await put('shadow-block', { limit: 3, blockDurationMs: LONG_MS });
    expect(await leftOf(a, 'shadow-block', 'x')).toBe(2);
  });
});

describe('lists of keys', () => {
  beforeAll(() =>
    put('listed', { allowKeys: ['friend', 'both'], denyKeys: ['foe', 'both'], windowMs: 60_000 }),
  );

  it('let some pass uncounted', async () => {
    const before = await counterKeys(redis);
    for (let i = 0; i < 3; i++) {
      const { body } = await decide(i % 2 ? a : b, [{ policy: 'listed', key: 'friend' }]);
      expect(body).toEqual({
        allowed: true,
        decisions: [{ policy: 'listed', allowed: true, limit: 1, remaining: 1, resetMs: 0, retryAfterMs: 0 }],
      });
    }
    expect(await counterKeys(redis)).toEqual(before);
  });

  it('refuse others always, before those that pass', async () => {
    for (const key of ['foe', 'both']) {
      const { status, headers, body } = await decide(a, [{ policy: 'listed', key }], { enforce: true });
      expect({ status, violated: body['violated-policies'] }).toEqual({ status: 429, violated: ['listed'] });
      expect(headers.get('retry-after')).toBe('60');
    }
  });

  it('limit who is on neither', async () => {
    const ask = async () => (await decide(a, [{ policy: 'listed', key: 'other' }])).body.allowed;
    expect([await ask(), await ask()]).toEqual([true, false]);
  });

  it('refuse a request as a whole: nothing is charged elsewhere', async () => {
    await put('beside', { limit: 5 });
    const beside = { policy: 'beside', key: 'foe' };
    const { body } = await decide(a, [beside, { policy: 'listed', key: 'foe' }]);
    expect(body).toMatchObject({
      allowed: false,
      decisions: [{ allowed: true, remaining: 5 }, { allowed: false }],
    });
    expect(await leftOf(a, 'beside', 'foe')).toBe(5);
    const { decisions } = (await decide(a, [beside, { policy: 'listed', key: 'friend' }])).body;
    expect(decisions).toMatchObject([{ remaining: 4 }, { remaining: 1 }]);
  });

  it('hold for what is only asked', async () => {
    const peek = async (key: string) => (await a.request('GET', keyPath('listed', key))).body;
    await decide(a, [{ policy: 'listed', key: 'other' }]);
    expect(await peek('friend')).toMatchObject({ allowed: true, remaining: 1 });
    expect(await peek('foe')).toMatchObject({ allowed: false, remaining: 0, retryAfterMs: 60_000 });
  });
});

describe('a block', () => {
  it('lasts longer than the window for whoever goes over the limit', async () => {
    await put('long-block', { limit: 2, windowMs: 60_000, blockDurationMs: LONG_MS });
    const ask = async () => (await decide(a, [{ policy: 'long-block', key: 'x' }])).body;
    expect([(await ask()).allowed, (await ask()).allowed]).toEqual([true, true]);
    const refused = await ask();
    expect(refused).toMatchObject({
      allowed: false,
      decisions: [{ resetMs: LONG_MS, retryAfterMs: LONG_MS }],
    });
    for (const app of [a, b]) {
      const { body } = await decide(app, [{ policy: 'long-block', key: 'x' }]);
      expect(body.allowed).toBe(false);
      expect(body.decisions[0].retryAfterMs).toBeGreaterThan(LONG_MS / 2);
    }
    expect((await a.request('DELETE', keyPath('long-block', 'x'))).status).toBe(204);
    expect(await leftOf(b, 'long-block', 'x')).toBe(2);
  });

  it('forgets the hits when it ends, although their window has not', async () => {
    await put('short-block', { limit: 2, blockDurationMs: 500 });
    const check = [{ policy: 'short-block', key: 'x' }];
    await decide(a, [{ ...check[0], cost: 2 }]);
    expect((await decide(a, check)).body).toMatchObject({
      allowed: false,
      decisions: [{ retryAfterMs: 500 }],
    });
    const left = await waitFor(
      async () => {
        const { allowed, decisions } = (await decide(a, check)).body;
        return allowed && [decisions[0].remaining];
      },
      { what: 'the block to end' },
    );
    expect(left).toEqual([1]);
  });
});

describe('a limit that is near', () => {
  it('is told and counted once, by the request that comes near', async () => {
    await put('near', { limit: 5 });
    const told: [Check, number][] = [];
    a.get(RateLimitService).onNearLimit((check, { remaining }) => told.push([check, remaining]));
    for (let i = 0; i < 7; i++) await decide(a, [{ policy: 'near', key: 'x' }]);
    expect(told).toEqual([[expect.objectContaining({ key: 'x' }), 1]]);
    expect(told[0][0].policy).toMatchObject({ name: 'near', limit: 5 });
    expect(await metric('near_total', { policy: 'near' })).toBe(1);
    const decisions = (allowed: string) => metric('decisions_total', { policy: 'near', allowed });
    expect([await decisions('true'), await decisions('false')]).toEqual([5, 2]);
  });

  it('is near from nearLimitShare on, whatever the cost that leads there', async () => {
    await put('half', { limit: 10, nearLimitShare: 0.5 });
    const spend = (cost: number) => decide(a, [{ policy: 'half', key: 'x', cost }]);
    await spend(4);
    expect(await metric('near_total', { policy: 'half' })).toBe(0);
    await spend(4);
    expect(await metric('near_total', { policy: 'half' })).toBe(1);
    await spend(2);
    expect(await metric('near_total', { policy: 'half' })).toBe(1);
  });
});

describe('the headers of a decision', () => {
  const odd = 'per "user" \\ ☃';

  beforeAll(async () => {
    await put('steady', { limit: 20, windowMs: 60_000 });
    await put('swift', { limit: 3, windowMs: 500, algorithm: 'token-bucket', burst: 6 });
    await put(odd, { limit: 7, windowMs: 90_500 });
  });

  it('are RFC 9651 lists of all its policies', async () => {
    const { headers } = await decide(
      a,
      ['steady', 'swift', odd].map((policy) => ({ policy, key: 'told', cost: 2 })),
    );
    expect(parseList(headers.get('ratelimit-policy'))).toEqual([
      { value: 'steady', parameters: { q: 20, w: 60 } },
      { value: 'swift', parameters: { q: 3 } },
      { value: 'per "user" \\ ?', parameters: { q: 7, w: 91 } },
    ]);
    expect(parseList(headers.get('ratelimit'))).toEqual([
      { value: 'steady', parameters: { r: 18, t: 60 } },
      { value: 'swift', parameters: { r: 4, t: 1 } },
      { value: 'per "user" \\ ?', parameters: { r: 5, t: 91 } },
    ]);
    expect([...headers.keys()].filter((name) => name.startsWith('x-ratelimit'))).toEqual([]);
  });

  it('say the scarcest in X-RateLimit-* too, where RATE_LIMIT_LEGACY_HEADERS asks for it', async () => {
    const checks = ['steady', odd].map((policy) => ({ policy, key: 'legacy' }));
    const { headers } = await decide(b, checks);
    expect(parseList(headers.get('ratelimit'))).toHaveLength(2);
    const legacy = ['limit', 'remaining', 'reset'].map((name) => headers.get(`x-ratelimit-${name}`));
    expect(legacy).toEqual(['7', '6', '91']);
  });

  it('say them with a refusal', async () => {
    await put('legacy-once', { windowMs: 60_000 });
    const check = [{ policy: 'legacy-once', key: 'x' }];
    await decide(b, check);
    const { status, headers } = await decide(b, check, { enforce: true });
    expect(status).toBe(429);
    expect([headers.get('x-ratelimit-limit'), headers.get('x-ratelimit-remaining')]).toEqual(['1', '0']);
    expect(headers.get('x-ratelimit-reset')).toBe(headers.get('retry-after'));
  });
});
