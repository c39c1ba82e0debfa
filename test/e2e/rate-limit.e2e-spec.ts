import { Module, type Type } from '@nestjs/common';
import { RateLimitService } from '../../src/rate-limit/index.js';
import { appWithout, TestApp } from '../support/app.js';
import { ProbeModule } from '../support/fixtures/probe.module.js';
import type { TestAnswer } from '../support/http.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

@Module({ imports: [appWithout('PostgresModule', 'CatalogModule'), ProbeModule] })
class ProbedApp {}

const LIMIT = 5;

let redis: TestRedis;
/** Believes a proxy on loopback; the other one does not. */
let a: TestApp;
let b: TestApp;

beforeAll(async () => {
  redis = await TestRedis.start();
  const settings = { REDIS_URL: redis.url, RATE_LIMIT: String(LIMIT), RATE_LIMIT_WINDOW_MS: '60000' };
  [a, b] = await Promise.all([
    TestApp.start({ ...settings, TRUST_PROXY: '127.0.0.1/32' }, ProbedApp as Type),
    TestApp.start(settings, ProbedApp as Type),
  ]);
});

/** A reset is heard by the replicas, which remember what they have refused; a flush from outside is not. */
beforeEach(async () => {
  await redis.client.flushall();
  const policy = { name: 'any', algorithm: 'fixed-window', limit: 1, windowMs: 1 } as const;
  await Promise.all([a, b].map((app) => app.get(RateLimitService).reset(policy, 'any')));
});

const get = (path: string, client?: string, app = a) =>
  app.request('GET', `/v1/probe/${path}`, { headers: client ? { 'x-forwarded-for': client } : {} });

async function times<T>(count: number, work: (i: number) => Promise<T>): Promise<T[]> {
  const all = [];
  for (let i = 0; i < count; i++) all.push(await work(i));
  return all;
}

const statuses = (answers: TestAnswer[]) => answers.map(({ status }) => status);

describe('a limited route', () => {
  it('says the policy and what is left of it', async () => {
    const answers = await times(LIMIT, () => get('limited'));
    expect(statuses(answers)).toEqual(Array(LIMIT).fill(200));
    for (const [i, { headers }] of answers.entries()) {
      expect(headers.get('ratelimit-policy')).toBe('"default";q=5;w=60');
      expect(headers.get('ratelimit')).toMatch(new RegExp(`^"default";r=${LIMIT - 1 - i};t=(?:60|5\\d)$`));
      expect(headers.has('retry-after')).toBe(false);
    }
  });

  it('refuses what is over the limit, and says when to come again', async () => {
    await times(LIMIT, () => get('limited'));
    const refused = await get('limited');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(refused.body).toEqual({
      type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      title: 'Too many requests',
      status: 429,
      detail: expect.stringMatching(/^The limit "default" is used up\. Try again in \d+ s\.$/),
      instance: '/v1/probe/limited',
      code: 'RATE_LIMITED',
      'violated-policies': ['default'],
    });
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(50);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(refused.headers.get('ratelimit')).toBe(`"default";r=0;t=${seconds}`);
  });

  it('counts once for all replicas: of many requests at once, exactly the limit passes', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => get('limited', undefined, i % 2 ? a : b)),
    );
    expect(statuses(answers).filter((status) => status === 200)).toHaveLength(LIMIT);
    expect(statuses(answers).filter((status) => status === 429)).toHaveLength(40 - LIMIT);
  });

  it('counts each client apart, by the address that a trusted proxy tells', async () => {
    const one = await times(LIMIT + 1, () => get('limited', '203.0.113.1'));
    const other = await get('limited', '203.0.113.2');
    const sameBehindMore = await get('limited', '198.51.100.7, 203.0.113.1');
    expect(statuses([...one.slice(-2), other, sameBehindMore])).toEqual([200, 429, 200, 429]);
  });

  it('believes no address that a client tells of itself', async () => {
    const answers = await times(LIMIT + 1, (i) => get('limited', `203.0.113.${i}`, b));
    expect(statuses(answers)).toEqual([...Array(LIMIT).fill(200), 429]);
  });

  it('has a budget of its own, and the numbers of @Throttle() before the settings’', async () => {
    await times(LIMIT + 1, () => get('limited'));
    const answers = await times(3, () => get('twice'));
    expect(statuses(answers)).toEqual([200, 200, 429]);
    expect(answers[0].headers.get('ratelimit-policy')).toBe('"default";q=2;w=60');
  });

  it('opens again when its window has ended', async () => {
    const [first, second] = await Promise.all([get('often'), get('often')]);
    expect([first.status, second.status].sort()).toEqual([200, 429]);
    await waitFor(async () => (await get('often')).status === 200, { what: 'the window to end' });
  });

  it('leaves a key a counter in Redis, which ends with the window and tells of no client', async () => {
    await times(2, () => get('limited', '203.0.113.9'));
    await get('twice', '203.0.113.9');
    const keys = await redis.keys();
    expect(keys).toHaveLength(2);
    for (const key of keys) {
      expect(key).toMatch(/^holdfast:default:rate-limit:\{[\w-]{22}\}:default$/);
      const ttl = await redis.client.pttl(key);
      expect(ttl).toBeGreaterThan(50_000);
      expect(ttl).toBeLessThanOrEqual(60_000);
    }
  });
});

describe('a route that is not limited', () => {
  it('has no headers, and costs no counter', async () => {
    const answers = await times(LIMIT + 2, () => get('slow?ms=0'));
    expect(statuses(answers)).toEqual(Array(LIMIT + 2).fill(200));
    for (const { headers } of answers) expect(headers.has('ratelimit')).toBe(false);
    expect(await redis.keys()).toEqual([]);
  });
});
