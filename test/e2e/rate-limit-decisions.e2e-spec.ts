import { RateLimitService } from '../../src/rate-limit/index.js';
import type { TestApp } from '../support/app.js';
import {
  ALGORITHMS,
  counterKeys,
  decide,
  keyPath,
  leftOf,
  LONG_MS,
  parseList,
  putPolicy,
  refund,
  startReplica,
} from '../support/rate-limits.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

const LIMIT = 4;
const SHORT_MS = 1000;

let redis: TestRedis;
let a: TestApp;
let b: TestApp;

beforeAll(async () => {
  redis = await TestRedis.start();
  [a, b] = await Promise.all([
    startReplica({ REDIS_URL: redis.url }),
    startReplica({ REDIS_URL: redis.url }),
  ]);
  for (const algorithm of ALGORITHMS) {
    await putPolicy([a, b], algorithm, { algorithm, limit: LIMIT, windowMs: LONG_MS });
    await putPolicy([a, b], `${algorithm}-short`, { algorithm, limit: 1, windowMs: SHORT_MS });
  }
  const once = { algorithm: 'fixed-window', limit: 1, windowMs: LONG_MS } as const;
  await putPolicy([a, b], 'once', once);
  await putPolicy([a, b], 'minute', { ...once, windowMs: 60_000 });
  await putPolicy([a, b], 'wide', { ...once, limit: 10 });
});

const evenly = (i: number) => (i % 2 ? b : a);
const allowedOf = (answers: { body: { allowed: boolean } }[]) => answers.map(({ body }) => body.allowed);

describe.each(ALGORITHMS)('%s', (policy) => {
  it('admits the limit over two replicas, and says each time what is left', async () => {
    const left = [];
    for (let i = 0; i < LIMIT; i++) {
      const { status, body } = await decide(evenly(i), [{ policy, key: 'in-turn' }]);
      expect(status).toBe(200);
      expect(body).toEqual({
        allowed: true,
        decisions: [expect.objectContaining({ policy, allowed: true, limit: LIMIT, retryAfterMs: 0 })],
        chargedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/),
      });
      const [{ resetMs, delayMs, remaining }] = body.decisions;
      expect(resetMs).toBeGreaterThan(0);
      expect(resetMs).toBeLessThanOrEqual(LONG_MS);
      expect(delayMs === undefined).toBe(policy !== 'leaky-bucket');
      left.push(remaining);
    }
    expect(left).toEqual([3, 2, 1, 0]);
    for (const replica of [a, b]) {
      const { body } = await decide(replica, [{ policy, key: 'in-turn' }]);
      expect(body).toMatchObject({ allowed: false, decisions: [{ allowed: false, remaining: 0 }] });
      expect(body.decisions[0].retryAfterMs).toBeGreaterThan(0);
      expect(body.decisions[0].retryAfterMs).toBeLessThanOrEqual(LONG_MS);
    }
  });

  it('admits exactly the limit of many requests at once', async () => {
    const requests = Array.from({ length: 40 }, (_, i) => decide(evenly(i), [{ policy, key: 'at-once' }]));
    const passed = (await Promise.all(requests)).filter(({ body }) => body.allowed);
    expect(passed.map(({ body }) => body.decisions[0].remaining).sort()).toEqual([0, 1, 2, 3]);
  });

  it.each([29, 52, 64])('admits all of a month’s limit in one moment: %d', async (limit) => {
    const monthly = { name: `month-${limit}`, algorithm: policy, limit, windowMs: LONG_MS };
    const ask = () => a.get(RateLimitService).decide([{ policy: monthly, key: policy }]);
    const decisions = await Promise.all(Array.from({ length: limit }, ask));
    const left = decisions.map((decision) => decision.decisions[0].remaining);
    expect(left).toEqual(Array.from({ length: limit }, (_, i) => limit - 1 - i));
    expect((await ask()).allowed).toBe(false);
  });

  it('admits a request of a cost when so much is left, and leaves what is left to smaller ones', async () => {
    const costs = [3, 2, 1, 1];
    const answers = [];
    for (const [i, cost] of costs.entries()) {
      answers.push(await decide(evenly(i), [{ policy, key: 'costs', cost }]));
    }
    expect(allowedOf(answers)).toEqual([true, false, true, false]);
    expect(answers.map(({ body }) => body.decisions[0].remaining)).toEqual([1, 1, 0, 0]);
  });

  it('takes a charge back by its chargedAt, and without it the newest ones', async () => {
    const key = 'refunds';
    const { body } = await decide(a, [{ policy, key, cost: 3 }]);
    const named = await refund(b, [{ policy, key, cost: 2, chargedAt: body.chargedAt }]);
    expect(named.status).toBe(200);
    expect(named.body).toEqual({
      decisions: [expect.objectContaining({ policy, allowed: true, limit: LIMIT, remaining: 3 })],
    });
    const newest = await refund(a, [{ policy, key }]);
    expect(newest.body.decisions[0].remaining).toBe(LIMIT);
    const more = await refund(a, [{ policy, key, cost: 4 }]);
    expect(more.body.decisions[0].remaining).toBe(LIMIT);
    expect(
      allowedOf([await decide(b, [{ policy, key, cost: LIMIT }]), await decide(b, [{ policy, key }])]),
    ).toEqual([true, false]);
  });

  it('says without charging what a decision would be', async () => {
    const peek = () => b.request('GET', keyPath(policy, 'peeked'));
    expect(await leftOf(a, policy, 'peeked')).toBe(LIMIT);
    await decide(a, [{ policy, key: 'peeked', cost: 3 }]);
    const peeks = [await peek(), await peek(), await peek()];
    for (const { body } of peeks) expect(body).toMatchObject({ allowed: true, remaining: 1 });
    await decide(a, [{ policy, key: 'peeked' }]);
    const refused = (await peek()).body;
    expect(refused).toMatchObject({ policy, allowed: false, limit: LIMIT, remaining: 0 });
    expect(refused.retryAfterMs).toBeGreaterThan(0);
  });

  it('forgets a key that is reset, also where its refusal is remembered', async () => {
    const check = [{ policy, key: 'reset' }];
    for (let i = 0; i <= LIMIT; i++) await decide(b, check);
    await redis.client.del(await counterKeys(redis));
    expect((await decide(b, check)).body.allowed).toBe(false);
    expect((await a.request('DELETE', keyPath(policy, 'reset'))).status).toBe(204);
    const again = async () => (await decide(b, check)).body.allowed as boolean;
    await waitFor(again, { what: 'the reset to reach the other replica' });
  });
});

describe('a refusal', () => {
  /** Charges and is refused; then asks until it passes, for which B asks nobody before the moment has come. */
  async function passesAgain(policy: string): Promise<void> {
    const check = [{ policy, key: 'again' }];
    const ask = async () => (await decide(b, check)).body;
    const answers = [await ask()];
    while (answers.at(-1).allowed) answers.push(await ask());
    const [charged, refused] = answers.slice(-2);
    expect(refused.decisions[0].retryAfterMs).toBeLessThanOrEqual(SHORT_MS);
    const answer = async () => {
      const body = await ask();
      return body.allowed && body;
    };
    const again = await waitFor(answer, { what: `${policy} to pass again` });
    expect(Date.parse(again.chargedAt) - Date.parse(charged.chargedAt)).toBeGreaterThanOrEqual(SHORT_MS);
  }

  it('ends when its time has come, under each algorithm, also where it is remembered', async () => {
    await Promise.all(ALGORITHMS.map((algorithm) => passesAgain(`${algorithm}-short`)));
  });
});

describe('what is remembered of a refusal', () => {
  it('is nothing that a reset has overtaken', async () => {
    for (let round = 0; round < 40; round++) {
      const check = [{ policy: 'once', key: `overtaken-${round}` }];
      await decide(a, check);
      const asking = Array.from({ length: 6 }, () => decide(b, check));
      const [reset] = await Promise.all([a.request('DELETE', keyPath('once', check[0].key)), ...asking]);
      expect(reset.status).toBe(204);
      const left = await leftOf(a, 'once', check[0].key);
      if (left === 0) continue;
      const passes = async () => (await decide(b, check)).body.allowed as boolean;
      await waitFor(passes, { what: `round ${round} to pass` });
    }
  });
});

describe('a request under several policies', () => {
  const both = (key: string, cost?: number) => [
    { policy: 'wide', key, cost },
    { policy: 'once', key },
  ];

  it('is charged by all of them, or by none', async () => {
    const first = await decide(a, both('all'));
    expect(first.body.decisions.map(({ remaining }: { remaining: number }) => remaining)).toEqual([9, 0]);
    const refused = await decide(b, both('all'));
    expect(refused.body).toMatchObject({
      allowed: false,
      decisions: [
        { policy: 'wide', allowed: true, remaining: 9, retryAfterMs: 0 },
        { policy: 'once', allowed: false, remaining: 0 },
      ],
    });
    expect(refused.body.decisions[1].retryAfterMs).toBeGreaterThan(60_000);
    expect(await leftOf(a, 'wide', 'all')).toBe(9);
  });

  it('is charged by none whichever refuses, also for keys of different clients', async () => {
    await decide(a, [{ policy: 'once', key: 'poor' }]);
    const poor = { policy: 'once', key: 'poor' };
    const others = ['r-1', 'r-2'].map((key) => ({ policy: 'wide', key, cost: 5 }));
    for (const checks of [
      [poor, ...others],
      [others[0], poor, others[1]],
      [...others, poor],
    ]) {
      expect((await decide(b, checks)).body.allowed).toBe(false);
    }
    expect(await Promise.all(others.map(({ key }) => leftOf(a, 'wide', key)))).toEqual([10, 10]);
    expect((await decide(a, others)).body.allowed).toBe(true);
  });

  it('is decided at once: of many, the scarcest limit passes and the others are charged no more', async () => {
    const checks = [
      { policy: 'wide', key: 'crowd' },
      { policy: 'fixed-window', key: 'crowd' },
      { policy: 'token-bucket', key: 'crowd', cost: 2 },
    ];
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => decide(evenly(i), checks)));
    expect(allowedOf(answers).filter(Boolean)).toHaveLength(2);
    const left = await Promise.all(checks.map(({ policy, key }) => leftOf(b, policy, key)));
    expect(left).toEqual([8, 2, 0]);
  });

  it('may be refunded in parts', async () => {
    const { body } = await decide(a, both('parts', 4));
    const { decisions } = (
      await refund(b, [{ policy: 'wide', key: 'parts', cost: 3, chargedAt: body.chargedAt }])
    ).body;
    expect(decisions).toEqual([expect.objectContaining({ policy: 'wide', remaining: 9 })]);
    expect(await leftOf(a, 'once', 'parts')).toBe(0);
  });
});

describe('enforce=true', () => {
  it('passes as without it', async () => {
    const { status, headers, body } = await decide(a, [{ policy: 'once', key: 'passes' }], { enforce: true });
    expect({ status, allowed: body.allowed }).toEqual({ status: 200, allowed: true });
    expect(headers.has('retry-after')).toBe(false);
  });

  it('refuses by a problem that names the policies, with the headers and one Retry-After', async () => {
    const checks = ['wide', 'minute', 'once'].map((policy) => ({ policy, key: 'enforced' }));
    await decide(a, checks.slice(1));
    const { status, headers, body } = await decide(b, checks, { enforce: true });
    expect(status).toBe(429);
    expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(body).toEqual({
      type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      title: 'Too many requests',
      status: 429,
      detail: expect.stringMatching(/^The limits "minute" and "once" are used up\. Try again in \d+ s\.$/),
      instance: '/v1/rate-limits/decisions',
      code: 'RATE_LIMITED',
      'violated-policies': ['minute', 'once'],
    });
    expect(parseList(headers.get('ratelimit-policy'))).toEqual([
      { value: 'wide', parameters: { q: 10, w: LONG_MS / 1000 } },
      { value: 'minute', parameters: { q: 1, w: 60 } },
      { value: 'once', parameters: { q: 1, w: LONG_MS / 1000 } },
    ]);
    const [wide, minute, once] = parseList(headers.get('ratelimit'));
    expect(wide).toEqual({ value: 'wide', parameters: { r: 10, t: expect.any(Number) } });
    expect(minute).toEqual({ value: 'minute', parameters: { r: 0, t: expect.any(Number) } });
    expect(headers.get('retry-after')).toMatch(/^\d+$/);
    expect(Number(headers.get('retry-after'))).toBe(once.parameters.t);
    expect(once.parameters.t).toBeGreaterThan(minute.parameters.t);
  });

  it.each(['false', undefined])('is not meant by %s: the refusal is an answer', async (enforce) => {
    const body = { checks: [{ policy: 'once', key: `not-${enforce}` }] };
    const path = `/v1/rate-limits/decisions${enforce ? `?enforce=${enforce}` : ''}`;
    await a.request('POST', path, { body });
    const answer = await a.request('POST', path, { body });
    expect(answer).toMatchObject({ status: 200, body: { allowed: false } });
    expect(answer.headers.has('retry-after')).toBe(false);
  });
});

describe('an Idempotency-Key', () => {
  const headers = { 'idempotency-key': 'decision-1' };

  it('replays a decision on every replica, and it is charged once', async () => {
    const check = [{ policy: 'wide', key: 'replayed', cost: 2 }];
    const answers = [];
    for (const replica of [a, b, a]) answers.push(await decide(replica, check, { headers }));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.map((answer) => answer.headers.get('idempotency-replayed'))).toEqual([
      null,
      'true',
      'true',
    ]);
    expect(await leftOf(a, 'wide', 'replayed')).toBe(8);
  });

  it('keeps no refusal with enforce=true: the next try decides anew', async () => {
    const check = [{ policy: 'once', key: 'retried' }];
    const enforced = { enforce: true, headers: { 'idempotency-key': 'decision-2' } };
    await decide(a, check);
    expect((await decide(a, check, enforced)).status).toBe(429);
    await a.request('DELETE', keyPath('once', 'retried'));
    expect((await decide(a, check, enforced)).status).toBe(200);
  });

  it('replays a refund, and it is made once', async () => {
    await decide(a, [{ policy: 'wide', key: 'refunded', cost: 6 }]);
    const body = { checks: [{ policy: 'wide', key: 'refunded', cost: 2 }] };
    const once = (replica: TestApp) =>
      replica.request('POST', '/v1/rate-limits/refunds', {
        body,
        headers: { 'idempotency-key': 'refund-1' },
      });
    expect((await once(a)).text).toBe((await once(b)).text);
    expect(await leftOf(a, 'wide', 'refunded')).toBe(6);
  });
});

describe('a refund', () => {
  it.each(ALGORITHMS.slice(0, 3))('of another window takes nothing from this one: %s', async (policy) => {
    await decide(a, [{ policy, key: 'old', cost: 3 }]);
    const chargedAt = new Date(Date.now() - 2 * LONG_MS).toISOString();
    const { body } = await refund(a, [{ policy, key: 'old', cost: 2, chargedAt }]);
    expect(body.decisions[0].remaining).toBe(1);
    expect(await leftOf(b, policy, 'old')).toBe(1);
  });

  it('reaches a replica that remembers the refusal', async () => {
    const check = [{ policy: 'once', key: 'returned' }];
    const { body } = await decide(b, check);
    expect((await decide(b, check)).body.allowed).toBe(false);
    await refund(a, [{ ...check[0], chargedAt: body.chargedAt }]);
    const again = async () => (await decide(b, check)).body.allowed as boolean;
    await waitFor(again, { what: 'the refund to reach the other replica' });
  });
});
