import type { Type } from '@nestjs/common';
import { appWithout, TestApp } from '../support/app.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

let redis: TestRedis;
let cacheRedis: TestRedis;
let app: TestApp;

beforeAll(async () => {
  redis = await TestRedis.start();
  cacheRedis = await TestRedis.start({ args: ['--save', '', '--maxmemory', '100mb'] });
  const settings = { REDIS_URL: redis.url, CACHE_REDIS_URL: cacheRedis.url };
  app = await TestApp.start(settings, appWithout('PostgresModule', 'CatalogModule') as Type);
});

const get = (path: string) => app.request('GET', path);

describe('the probes', () => {
  it('answer 200 while all is well, and are not kept by any cache', async () => {
    expect((await get('/health/live')).body).toEqual({ status: 'ok' });
    expect((await get('/health/startup')).body).toMatchObject({
      status: 'ok',
      details: { startup: { status: 'up' } },
    });
    expect((await get('/health/ready')).body).toMatchObject({
      status: 'ok',
      details: { traffic: { status: 'up' }, startup: { status: 'up' }, redis: { status: 'up' } },
    });
    for (const probe of ['live', 'startup', 'ready']) {
      const { status, headers } = await get(`/health/${probe}`);
      expect(status).toBe(200);
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });

  it('ask Redis only where it matters: ready once, live and startup never', async () => {
    const asked = async (probe: string) => {
      await redis.client.config('RESETSTAT');
      await get(`/health/${probe}`);
      return Number(/cmdstat_ping:calls=(\d+)/.exec(await redis.client.info('commandstats'))?.[1] ?? 0);
    };
    expect([await asked('live'), await asked('startup'), await asked('ready')]).toEqual([0, 0, 1]);
  });
});

describe('GET /v1/redis/memory', () => {
  const advice = async () => (await get('/v1/redis/memory')).body.advice as string[];

  it('tells of each Redis what it uses', async () => {
    const { status, body } = await get('/v1/redis/memory');
    expect(status).toBe(200);
    const figures = {
      usedBytes: expect.any(Number),
      policy: 'noeviction',
      fragmentationRatio: expect.any(Number),
      clients: expect.any(Number),
      advice: expect.any(Array),
    };
    expect(body).toMatchObject({ ...figures, maxBytes: 0, cache: { ...figures, maxBytes: 104_857_600 } });
    expect(body.usedBytes).toBeGreaterThan(100_000);
  });

  it('advises on what does not fit, and is silent once it does', async () => {
    expect(await advice()).toEqual([
      expect.stringContaining('maxmemory is not set'),
      expect.stringContaining('append-only file is off'),
    ]);
    expect((await get('/v1/redis/memory')).body.cache.advice).toEqual([
      expect.stringContaining('maxmemory-policy is noeviction'),
    ]);
    await redis.client.config(
      'SET',
      'maxmemory',
      '1gb',
      'maxmemory-policy',
      'allkeys-lru',
      'appendonly',
      'yes',
    );
    await waitFor(async () => (await advice()).join().includes('maxmemory-policy is allkeys-lru'), {
      what: 'the new settings to be seen',
      timeoutMs: 5000,
    });
    expect(await advice()).toHaveLength(1);
    await redis.client.config('SET', 'maxmemory-policy', 'noeviction');
    await cacheRedis.client.config('SET', 'maxmemory-policy', 'allkeys-lfu');
    await waitFor(async () => (await advice()).length === 0, { what: 'the advice to go', timeoutMs: 5000 });
    // Each server is looked at in its own time.
    const cacheAdvice = async () => (await get('/v1/redis/memory')).body.cache.advice.length as number;
    await waitFor(async () => (await cacheAdvice()) === 0, { what: 'the advice on the cache to go' });
  });
});
