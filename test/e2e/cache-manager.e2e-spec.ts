import { Module } from '@nestjs/common';
import { appWithout, TestApp } from '../support/app.js';
import { ExistingModule } from '../support/fixtures/cache-manager.module.js';
import type { TestAnswer } from '../support/http.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

@Module({ imports: [appWithout('PostgresModule', 'CatalogModule'), ExistingModule] })
class Root {}

let redis: TestRedis;
let replicas: TestApp[];

beforeAll(async () => {
  redis = await TestRedis.start();
  const settings = { REDIS_URL: redis.url, REDIS_COMMAND_TIMEOUT_MS: '1000' };
  replicas = await Promise.all([0, 1].map(() => TestApp.start(settings, Root)));
});

beforeEach(() => redis.client.flushall());

const ask = (replica: number, method: string, path: string, body?: unknown): Promise<TestAnswer> =>
  replicas[replica].request(method, `/existing/films/${path}`, { body });

/** Keyv puts its namespace before a key, and the store its own. */
const entryOf = (key: string) =>
  `holdfast:default:cache:{${`keyv:films:films:${key}`.replaceAll(':', '%3a')}}:entry`;

/** The interceptor stores after it has answered. */
async function isStored(key: string): Promise<void> {
  await waitFor(() => redis.client.exists(entryOf(key)), { what: `${key} to be stored` });
}

const url = (path: string) => `/existing/films/${path}`;

describe('a module that was written for @nestjs/cache-manager', () => {
  it('has what its interceptor stored on one replica served by the other', async () => {
    const first = await ask(0, 'GET', 'by-url/alien');
    expect(first.status).toBe(200);
    expect(first.headers.get('x-cache')).toBe('MISS');
    await isStored(url('by-url/alien'));
    for (const replica of [1, 0]) {
      const again = await ask(replica, 'GET', 'by-url/alien');
      expect(again.headers.get('x-cache')).toBe('HIT');
      expect(again.body).toEqual(first.body);
    }
    expect((await ask(1, 'GET', 'by-url/aliens')).headers.get('x-cache')).toBe('MISS');
  });

  it('has its @CacheKey and @CacheTTL honoured', async () => {
    const { body } = await ask(0, 'GET', 'brief');
    const leftMs = await waitFor(
      async () => {
        await ask(0, 'GET', 'brief');
        return Math.max(await redis.client.pttl(entryOf('brief')), 0);
      },
      { what: 'it to be stored' },
    );
    expect(leftMs).toBeLessThanOrEqual(400);
    const isLoadedAnew = async () => (await ask(0, 'GET', 'brief')).body.read !== body.read;
    await waitFor(isLoadedAnew, { what: 'the ttl to be over' });
  });

  it('removes and clears for both replicas', async () => {
    const one = 'by-url/removed';
    for (const [path, remove] of [
      [one, `cached/${encodeURIComponent(url(one))}`],
      ['by-url/cleared', 'cached'],
    ]) {
      const { body } = await ask(0, 'GET', path);
      await isStored(url(path));
      expect((await ask(1, 'GET', path)).body).toEqual(body);
      expect((await ask(1, 'DELETE', remove)).status).toBe(200);
      const isGone = async () => (await ask(0, 'GET', path)).body.read !== body.read;
      await waitFor(isGone, { what: `${remove} to be seen` });
    }
  });

  it('keeps values by CACHE_MANAGER and by the Cache token, each with its ttl or that of the module', async () => {
    await ask(0, 'PUT', 'values/k', { value: { title: 'Alien', cast: [1, 2] } });
    await ask(0, 'PUT', 'values/null', { value: null, ttl: 5000 });
    const { body } = await ask(1, 'POST', 'values', { keys: ['k', 'none', 'null'] });
    expect(body.value).toEqual({ title: 'Alien', cast: [1, 2] });
    expect(body.all).toEqual([{ title: 'Alien', cast: [1, 2] }, null, null]);
    expect(body.leftMs).toBeGreaterThan(0);
    expect(body.leftMs).toBeLessThanOrEqual(30_000);
    expect((await ask(1, 'POST', 'values', { keys: ['none'] })).body).toEqual({ all: [null] });
  });

  it('wraps what it computes, once for both replicas', async () => {
    const first = await ask(0, 'POST', 'wrapped/alien');
    expect((await ask(1, 'POST', 'wrapped/alien')).body).toEqual(first.body);
    expect((await ask(0, 'POST', 'wrapped/alien')).body).toEqual(first.body);
  });

  it('answers while Redis is away, and is served from the cache again when it is back', async () => {
    redis.freeze();
    try {
      for (const replica of [0, 1]) {
        const answer = await ask(replica, 'GET', 'by-url/away');
        expect(answer.status).toBe(200);
        expect(answer.headers.get('x-cache')).toBe('MISS');
      }
      expect((await ask(0, 'DELETE', 'cached/brief')).status).toBe(200);
    } finally {
      redis.thaw();
    }
    const hit = async () => (await ask(0, 'GET', 'by-url/back')).headers.get('x-cache') === 'HIT';
    await waitFor(hit, { what: 'the cache to be back' });
  });
});
