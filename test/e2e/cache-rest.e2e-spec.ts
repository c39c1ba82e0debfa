import { appWithout, TestApp } from '../support/app.js';
import type { TestAnswer } from '../support/http.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

let redis: TestRedis;
let a: TestApp;
let b: TestApp;

beforeAll(async () => {
  redis = await TestRedis.start();
  const settings = { REDIS_URL: redis.url, CACHE_PREFIXES: 'user:' };
  const root = appWithout('PostgresModule', 'CatalogModule');
  [a, b] = await Promise.all([TestApp.start(settings, root), TestApp.start(settings, root)]);
});

beforeEach(() => redis.client.flushall());

const path = (key: string) => `/v1/cache/${encodeURIComponent(key)}`;
const put = (key: string, body: unknown, app = a) => app.request('PUT', path(key), { body });
const get = (key: string, app = a) => app.request('GET', path(key));
const lease = (key: string, app = a) => app.request('GET', `${path(key)}?lease=true`);
const invalidate = (body: unknown) => b.request('POST', '/v1/cache/invalidations', { body });
const TTL = { ttlMs: 60_000 };

async function expectRefused(answer: TestAnswer, status: number, code: string): Promise<void> {
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  expect(await redis.keys()).toEqual([]);
}

describe('a value by REST', () => {
  it.each([['text'], [0], [null], [false], [[1, { a: null }]], [{ deep: { list: [] }, ключ: '…' }]])(
    '%j comes back on every replica',
    async (value) => {
      expect((await put('k', { value, ...TTL, tags: ['x', 'y'] })).status).toBe(204);
      for (const app of [a, b]) {
        const { status, body } = await get('k', app);
        expect(status).toBe(200);
        expect(body).toEqual({ value, state: 'fresh', ttlMs: expect.any(Number), tags: ['x', 'y'] });
        expect(body.ttlMs).toBeGreaterThan(50_000);
        expect(body.ttlMs).toBeLessThanOrEqual(60_000);
      }
    },
  );

  it('is stale after its ttl and gone after its grace', async () => {
    await put('k', { value: 1, ttlMs: 20, graceMs: 60_000 });
    await put('short', { value: 1, ttlMs: 20, graceMs: 20 });
    await waitFor(async () => (await get('k')).body.state === 'stale', { what: 'its expiry' });
    expect((await get('k', b)).body).toEqual({ value: 1, state: 'stale', ttlMs: 0, tags: [] });
    await waitFor(async () => (await get('short')).status === 404, { what: 'its end' });
  });

  it('is a miss when it was deleted, or was never there', async () => {
    await put('k', { value: 1, ...TTL });
    expect((await b.request('DELETE', path('k'))).status).toBe(204);
    const { status, body } = await get('k');
    expect([status, body.code]).toEqual([404, 'CACHE_MISS']);
    expect(body).not.toHaveProperty('leaseToken');
    expect(body).not.toHaveProperty('retryAfterMs');
    expect((await b.request('DELETE', path('k'))).status).toBe(204);
  });

  it('lies under any key', async () => {
    const keys = ['a', 'A', 'a:entry', '{a}', '*', '\0', '🐙', 'k'.repeat(256)];
    for (const key of keys) expect((await put(key, { value: key, ...TTL })).status).toBe(204);
    for (const key of keys) expect((await get(key, b)).body.value).toBe(key);
    await expectRefused(
      await clean(() => put('k'.repeat(257), { value: 1, ...TTL })),
      400,
      'VALIDATION_FAILED',
    );
  });
});

describe('invalidation by REST', () => {
  it('is by key, tag and prefix, and says how many', async () => {
    for (const [key, tags] of [
      ['k1', []],
      ['k2', ['t']],
      ['user:1', []],
      ['other:1', []],
      ['left', ['u']],
    ] as const) {
      await put(key, { value: key, ...TTL, tags });
    }
    expect((await invalidate({ keys: ['k1', 'never'], tags: ['t'], prefix: 'user:' })).body).toEqual({
      keys: 2,
      tags: 1,
      prefix: 1,
    });
    expect((await invalidate({ prefix: 'other' })).body).toEqual({ keys: 0, tags: 0, prefix: 1 });
    for (const key of ['k1', 'k2', 'user:1', 'other:1']) expect((await get(key)).status).toBe(404);
    expect((await get('left')).body.tags).toEqual(['u']);
  });
});

describe('a lease by REST', () => {
  it('is given to exactly one of those who ask, on any replica', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => lease('k', i % 2 ? a : b)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404]));
    const tokens = answers.filter(({ body }) => body.leaseToken !== undefined);
    expect(tokens).toHaveLength(1);
    const others = answers.filter((answer) => answer !== tokens[0]);
    for (const { body } of others) expect(body.retryAfterMs).toBeGreaterThan(0);
    const { leaseToken } = tokens[0].body;
    expect((await put('k', { value: 1, ...TTL, leaseToken }, b)).status).toBe(204);
    expect((await lease('k')).body).toEqual({
      value: 1,
      state: 'fresh',
      ttlMs: expect.any(Number),
      tags: [],
    });
    expect((await put('k', { value: 2, ...TTL, leaseToken })).body.code).toBe('LEASE_LOST');
    expect((await get('k')).body.value).toBe(1);
  });

  it('comes with the old value when that is stale', async () => {
    await put('k', { value: 'old', ttlMs: 20, graceMs: 60_000 });
    await waitFor(async () => (await get('k')).body.state === 'stale', { what: 'its expiry' });
    const [first, second] = [await lease('k'), await lease('k', b)];
    expect(first.body).toMatchObject({ value: 'old', state: 'stale', leaseToken: expect.any(String) });
    expect(second.body).not.toHaveProperty('leaseToken');
    const { leaseToken } = first.body;
    expect((await put('k', { value: 'new', ...TTL, leaseToken })).status).toBe(204);
    expect((await get('k', b)).body.value).toBe('new');
  });

  it.each([
    ['a deletion', () => b.request('DELETE', path('user:k'))],
    ['its key', () => invalidate({ keys: ['user:k'] })],
    ['a tag', () => invalidate({ tags: ['t'] })],
    ['a declared prefix', () => invalidate({ prefix: 'user:' })],
    ['another prefix', () => invalidate({ prefix: 'user:k' })],
    ['another value', () => put('user:k', { value: 'set', ...TTL }, b)],
  ])('is lost by %s', async (name, act) => {
    const { leaseToken } = (await lease('user:k')).body;
    await act();
    const answer = await put('user:k', { value: 'loaded', ...TTL, tags: ['t'], leaseToken });
    expect([answer.status, answer.body.code]).toEqual([409, 'LEASE_LOST']);
    expect((await get('user:k')).body.value).toBe(name === 'another value' ? 'set' : undefined);
  });

  it('is not lost by an invalidation before it', async () => {
    await invalidate({ tags: ['t'], prefix: 'user:' });
    const since = await redis.client.time();
    await waitFor(async () => String(await redis.client.time()).slice(0, 14) !== String(since).slice(0, 14), {
      what: 'the next millisecond',
    });
    const { leaseToken } = (await lease('user:k')).body;
    expect((await put('user:k', { value: 1, ...TTL, tags: ['t', 'never seen'], leaseToken })).status).toBe(
      204,
    );
    expect((await get('user:k', b)).body.value).toBe(1);
  });
});

describe('bad input', () => {
  const body = { value: 1, ...TTL };
  it.each([
    ['no ttl', { value: 1 }],
    ['a negative ttl', { ...body, ttlMs: -1 }],
    ['a ttl of 0', { ...body, ttlMs: 0 }],
    ['half a ttl', { ...body, ttlMs: 1.5 }],
    ['a ttl in words', { ...body, ttlMs: '60000' }],
    ['a ttl of ages', { ...body, ttlMs: 1e15 }],
    ['a negative grace', { ...body, graceMs: -1 }],
    ['no value', TTL],
    ['65 tags', { ...body, tags: Array.from({ length: 65 }, (_, i) => `t${i}`) }],
    ['a tag of 300 bytes', { ...body, tags: ['t'.repeat(300)] }],
    ['an empty tag', { ...body, tags: [''] }],
    ['tags that are none', { ...body, tags: 'x' }],
    ['half a character as a tag', { ...body, tags: ['\ud800'] }],
    ['a property that is unknown', { ...body, ttl: 1 }],
    ['a lease that is no text', { ...body, leaseToken: 5 }],
  ])('is refused: %s', async (_name, bad) => {
    await expectRefused(await put('k', bad), 400, 'VALIDATION_FAILED');
  });

  it.each([['x'], ['A'.repeat(24)], ['=!'], ['A'.repeat(64)]])(
    'is refused: the lease %s',
    async (leaseToken) => {
      await expectRefused(await put('k', { ...body, leaseToken }), 409, 'LEASE_LOST');
    },
  );

  it('is refused: a value of 11 MB', async () => {
    await expectRefused(await put('k', { ...body, value: 'x'.repeat(11 * 2 ** 20) }), 413, 'BODY_TOO_LARGE');
  });

  it.each([
    ['an empty prefix', { prefix: '' }],
    ['an empty key', { keys: [''] }],
    ['keys that are none', { keys: 'k' }],
    ['a tag of 300 bytes', { tags: ['t'.repeat(300)] }],
    ['too many keys', { keys: Array.from({ length: 1001 }, (_, i) => `k${i}`) }],
    ['a property that is unknown', { pattern: '*' }],
  ])('is refused in an invalidation: %s', async (_name, bad) => {
    await put('k', { value: 1, ...TTL });
    const answer = await invalidate(bad);
    expect([answer.status, answer.body.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect((await get('k')).body.value).toBe(1);
  });

  it('is refused: another answer to lease than true and false', async () => {
    await expectRefused(await a.request('GET', `${path('k')}?lease=1`), 400, 'VALIDATION_FAILED');
  });
});

async function clean(call: () => Promise<TestAnswer>): Promise<TestAnswer> {
  await redis.client.flushall();
  return call();
}
