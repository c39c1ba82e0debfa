import { CacheService } from '../../src/cache/index.js';
import { TestApp } from '../support/app.js';
import { gate } from '../support/gate.js';
import { cacheReplicas } from '../support/cache-replicas.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

const HEAD = 'holdfast:default:cache:';
const OPTIONS = { ttlMs: 60_000, source: 'db' };

let redis: TestRedis;
let a: TestApp;
let b: TestApp;

beforeEach(async () => {
  redis = await TestRedis.start();
  [a, b] = await cacheReplicas(redis);
});

const fail = () => Promise.reject(new Error('the source fails'));
const ask = (app: TestApp, load: () => Promise<string> = fail, key = 'k') =>
  app.get(CacheService).getOrSet(key, load, OPTIONS);
const code = (asked: Promise<unknown>) =>
  asked.then(
    () => 'a value',
    (error: { code?: string; message: string }) => error.code ?? error.message,
  );

async function open(): Promise<void> {
  for (let i = 0; i < 3; i += 1) expect(await code(ask(a))).toBe('the source fails');
}

describe('a breaker that opens', () => {
  it('gives the source a second’s rest, and tells every replica', async () => {
    await open();
    expect(await redis.client.pttl(`${HEAD}{db}:probe`)).toBeGreaterThan(0);
    await waitFor(async () => (await code(ask(b))) === 'LOADER_UNAVAILABLE', { what: 'the other to hear' });
  });

  it('refuses by 503 and says when to come again', async () => {
    await open();
    const refused = await ask(a).catch((error: { status: number; retryAfterMs: number }) => error);
    expect(refused).toMatchObject({ status: 503, retryAfterMs: expect.any(Number) });
    expect((refused as { retryAfterMs: number }).retryAfterMs).toBeLessThanOrEqual(1000);
  });

  it('stays open for as long as somebody asks in vain', async () => {
    await open();
    await redis.client.pexpire(`${HEAD}{db}:breaker`, 30_000);
    await waitFor(async () => (await code(ask(a))) === 'the source fails', { what: 'a probe' });
    await waitFor(async () => (await redis.client.pttl(`${HEAD}{db}:breaker`)) > 30_000, {
      what: 'it to stay open for longer',
    });
  });

  it('closes for all when a probe is well', async () => {
    await open();
    await waitFor(async () => (await code(ask(a, () => Promise.resolve('well')))) === 'a value', {
      what: 'a probe that is well',
    });
    for (const app of [a, b]) {
      await waitFor(
        async () => (await code(ask(app, () => Promise.resolve('well'), 'other'))) === 'a value',
        {
          what: 'loads to go through',
        },
      );
    }
    expect(await redis.client.exists(`${HEAD}{db}:breaker`)).toBe(0);
  });

  it('by a load that takes too long, whose late value is not stored', async () => {
    const { load, begun, open: finish } = gate<string>();
    const late = a.get(CacheService).getOrSet('late', load, { ...OPTIONS, hardTimeoutMs: 20 });
    await begun();
    expect(await code(late)).toBe('LOADER_UNAVAILABLE');
    finish('late');
    expect(await b.get(CacheService).peek('late')).toBeUndefined();
    expect(await code(ask(b, () => Promise.resolve('next'), 'late'))).toBe('a value');
    expect((await b.get(CacheService).peek('late'))?.value).toBe('next');
  });
});

describe('an old value whose end is near', () => {
  it('keeps the lease of its load for as long as that may take', async () => {
    const cache = a.get(CacheService);
    const options = { ttlMs: 1, graceMs: 2000, beta: 0 };
    await cache.set('k', 'old', options);
    await waitFor(async () => (await cache.peek('k'))?.state === 'stale', { what: 'its expiry' });
    const { load, begun, open: finish } = gate<string>();
    expect(await cache.getOrSet('k', load, options)).toBe('old');
    await begun();
    expect(await redis.client.pttl(`${HEAD}{k}:entry`)).toBeGreaterThan(2000);
    finish('new');
    await waitFor(async () => (await cache.peek('k'))?.value === 'new', { what: 'the new value' });
  });
});
