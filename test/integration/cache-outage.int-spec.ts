import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CacheService } from '../../src/cache/index.js';
import { Metrics } from '../../src/observability/index.js';
import { TestApp } from '../support/app.js';
import { gate } from '../support/gate.js';
import { parsePrometheus } from '../support/prometheus.js';
import { cacheApp, cacheReplicas } from '../support/cache-replicas.js';
import { TestRedis } from '../support/redis-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';

const TTL = { ttlMs: 60_000, beta: 0 };
/** Who waits for a lease that nobody uses waits for longer than the test. */
const LONG_LEASE = { ...TTL, hardTimeoutMs: 86_400_000 };

let redis: TestRedis;
let a: TestApp;
let b: TestApp;
let cache: CacheService;
/** Has all the patience that there is. */
let other: CacheService;

/** @param deadlineMs when a command is given up, and its connection with it. */
async function start(deadlineMs: string): Promise<void> {
  redis = await TestRedis.start();
  const settings = { CACHE_LOCAL_ENTRIES: '0', CACHE_PREFIXES: 'user:' };
  const hasty = { CACHE_READ_TIMEOUT_MS: '50', REDIS_COMMAND_TIMEOUT_MS: deadlineMs };
  [b, a] = await cacheReplicas(redis, settings, hasty);
  [cache, other] = [a.get(CacheService), b.get(CacheService)];
}

afterEach(async () => {
  redis.thaw();
  await Promise.all([a.stop(), b.stop()]);
  await redis.stop();
});

const fixed =
  <T>(value: T) =>
  () =>
    Promise.resolve(value);

/** Freezes Redis, and asks until its silence is known. */
async function freeze(): Promise<void> {
  await other.set('probe', 'kept', TTL);
  redis.freeze();
  await probed('loaded');
}

async function thaw(): Promise<void> {
  redis.thaw();
  await probed('kept');
}

async function probed(value: string): Promise<void> {
  const probe = () => cache.getOrSet('probe', fixed('loaded'), LONG_LEASE);
  await waitFor(async () => (await probe()) === value, { what: `a probe to be ${value}` });
}

async function isAway(): Promise<boolean> {
  const samples = parsePrometheus(await a.get(Metrics).text());
  return samples.find(({ name }) => name === 'holdfast_cache_redis_away')?.value === 1;
}

describe.each([
  ['for less long than the deadline of a command', '60000'],
  ['for so long that its connection is given up', '100'],
])('while Redis is frozen %s', (_name, deadlineMs) => {
  beforeEach(() => start(deadlineMs));

  it('nobody waits for it once its silence is known, and hits come back with it', async () => {
    await other.set('k', 'kept', TTL);
    await freeze();
    const startedAt = performance.now();
    for (let i = 0; i < 1000; i += 1) {
      expect(await cache.getOrSet('k', fixed(i), TTL)).toBe(i);
    }
    // Each of them waiting for the silence anew would take twice as long.
    expect(performance.now() - startedAt).toBeLessThan(25_000);
    await expect(cache.get('k')).rejects.toMatchObject({ code: 'STATE_STORE_UNAVAILABLE' });
    await thaw();
    await waitFor(async () => (await cache.getOrSet('k', fixed('loaded'), TTL)) === 'kept', {
      what: 'the hit to be back',
    });
  });

  it('callers of one key share a load', async () => {
    await freeze();
    const { load, calls, begun, open } = gate<string>();
    const asked = Array.from({ length: 100 }, () => cache.getOrSet('k', load, TTL));
    await begun();
    open('loaded');
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['loaded']));
    expect(calls()).toBe(1);
    await thaw();
  });

  it('callers of one key load anew once it was invalidated', async () => {
    await freeze();
    const { load, begun, open } = gate<string>();
    const before = cache.getOrSet('k', load, TTL);
    await begun();
    const invalidated = cache.invalidate({ keys: ['k'] });
    expect(await cache.getOrSet('k', fixed('new'), TTL)).toBe('new');
    open('old');
    expect(await before).toBe('old');
    redis.thaw();
    await invalidated;
  });

  it('a read that is not waited for leaves no lease behind', async () => {
    redis.freeze();
    const keys = Array.from({ length: 100 }, (_, i) => `cold-${i}`);
    const loaded = await Promise.all(keys.map((key) => cache.getOrSet(key, fixed('alone'), LONG_LEASE)));
    expect(new Set(loaded)).toEqual(new Set(['alone']));
    redis.thaw();
    // Who waits for a lease that nobody uses waits for ever here.
    for (const key of keys) expect(await other.getOrSet(key, fixed('new'), TTL)).toBe('new');
  });

  it('what is loaded under a lease is answered, and then stored or given back', async () => {
    const { load, begun, open } = gate<string>();
    const loading = cache.getOrSet('k', load, LONG_LEASE);
    await begun();
    await freeze();
    open('loaded');
    expect(await loading).toBe('loaded');
    await thaw();
    const next = await other.getOrSet('k', fixed('loaded anew'), TTL);
    expect(['loaded', 'loaded anew']).toContain(next);
  });

  it('who waits for a load elsewhere loads', async () => {
    const { load, begun, open } = gate<string>();
    const elsewhere = other.getOrSet('k', load, LONG_LEASE);
    await begun();
    const waiting = cache.getOrSet('k', fixed('here'), TTL);
    await cache.getOrSet('read behind it', fixed(1), TTL);
    await freeze();
    expect(await waiting).toBe('here');
    redis.thaw();
    open('there');
    expect(await elsewhere).toBe('there');
  });

  it('a write goes through, and its old value does not come back', async () => {
    await other.set('k', 'old', TTL);
    await freeze();
    const written = cache.writeThrough('k', fixed('new'), TTL);
    if (deadlineMs === '60000') redis.thaw();
    expect(await written).toBe('new');
    redis.thaw();
    const seen = new Set<string>();
    await waitFor(
      async () => {
        seen.add(await cache.getOrSet('k', fixed('new'), TTL));
        return (await other.get('k')) !== 'old';
      },
      { what: 'the old value to be gone' },
    );
    expect(seen).toEqual(new Set(['new']));
  });
});

describe('a load that hangs while Redis is away', () => {
  beforeEach(() => start('60000'));

  it('is joined for as long as its lease would have been held, and no longer', async () => {
    await freeze();
    const { load, begun, calls } = gate<string>();
    void cache.getOrSet('k', load, TTL);
    await begun();
    const later = () => {
      void cache.getOrSet('k', load, TTL);
      return calls() === 2;
    };
    expect(later()).toBe(false);
    await waitFor(later, { what: 'another load', timeoutMs: 30_000, intervalMs: 500 });
  });
});

describe('a Redis that is slow', () => {
  it('is waited for as long as it says something', async () => {
    redis = await TestRedis.start();
    const proxy = await TcpProxy.start({ target: { host: '127.0.0.1', port: redis.port } });
    const root = cacheApp();
    const settings = { CACHE_LOCAL_ENTRIES: '0', CACHE_READ_TIMEOUT_MS: '400' };
    [a, b] = await Promise.all([
      TestApp.start({ ...settings, REDIS_URL: proxy.url }, root),
      TestApp.start({ ...settings, REDIS_URL: redis.url }, root),
    ]);
    [cache, other] = [a.get(CacheService), b.get(CacheService)];
    const value = randomBytes(2_000_000);
    await other.set('k', value, TTL);
    // It takes two seconds.
    proxy.trickle({ down: 1_000_000 });
    expect(value.equals(await cache.getOrSet('k', fixed(Buffer.from('loaded')), TTL))).toBe(true);
    proxy.heal();
    await proxy.close();
  });
});

describe('a Redis that is silent', () => {
  beforeEach(() => start('1000'));

  it('is seen in the metrics', async () => {
    expect(await isAway()).toBe(false);
    await freeze();
    expect(await isAway()).toBe(true);
    await thaw();
    expect(await isAway()).toBe(false);
  });
});

describe('invalidations that Redis does not take', () => {
  /** Enough for a scan of many steps. */
  const MANY = Array.from({ length: 2000 }, (_, i) => `many:${i}`);

  beforeEach(() => start('200'));

  it('hold here at once, and everywhere as soon as Redis is back', async () => {
    const old = ['k', 'tagged', 'user:1', ...MANY];
    await Promise.all(
      old.map((key) => other.set(key, 'old', { ...TTL, tags: key === 'tagged' ? ['t'] : [] })),
    );
    await freeze();
    await cache.invalidate({ keys: ['k'], tags: ['t'], prefix: 'user:' });
    await cache.invalidate({ prefix: 'many:' });
    const seen = new Set<string>();
    let running = true;
    const read = async () => {
      for (let i = 0; running; i += 1) {
        // While Redis is away a call takes no turn of the event loop.
        await nextTurn();
        const key = old[i % 4 === 3 ? 3 + (i % MANY.length) : i % 4];
        const options = { ...TTL, tags: i % 8 < 4 ? ['t'] : [] };
        seen.add(await cache.getOrSet(key, fixed('new'), options));
      }
    };
    const reading = [read(), read(), read()];
    redis.thaw();
    for (const key of ['k', 'tagged', 'user:1', ...MANY.slice(-50)]) {
      await waitFor(async () => (await other.get(key)) !== 'old', { what: `${key} to be gone` });
    }
    running = false;
    await Promise.all(reading);
    expect(seen).toEqual(new Set(['new']));
  });
});

describe('a Redis that refuses', () => {
  beforeEach(() => start('5000'));

  const gone = (key: string) =>
    waitFor(async () => (await other.peek(key)) === undefined, { what: `${key} to be gone` });

  it('invalidations has them made up for once it does not', async () => {
    for (const key of ['k', 'many:1']) await cache.set(key, 'old', TTL);
    await redis.client.acl('SETUSER', 'default', '-unlink');
    await cache.invalidate({ keys: ['k'], prefix: 'many:' });
    expect(await other.get('k')).toBe('old');
    for (const key of ['k', 'many:1']) {
      await expect(cache.get(key)).rejects.toMatchObject({ code: 'STATE_STORE_UNAVAILABLE' });
      expect(await cache.getOrSet(key, fixed('new'), TTL)).toBe('new');
      expect((await a.request('GET', `/v1/cache/${key}`)).status).toBe(503);
      expect((await a.request('GET', `/v1/cache/${key}?lease=true`)).status).toBe(503);
    }
    await redis.client.acl('SETUSER', 'default', '+unlink');
    await Promise.all(['k', 'many:1'].map(gone));
    await waitFor(async () => (await cache.get('k')) === undefined, { what: 'it to be known here' });
    expect((await a.request('GET', '/v1/cache/k')).status).toBe(404);
  });

  it('an invalidation of a tag, as it is full, loses it instead', async () => {
    await cache.set('k', 'old', { ...TTL, tags: ['t'] });
    await redis.client.config('SET', 'maxmemory', '1');
    await cache.invalidate({ tags: ['t'] });
    await redis.client.config('SET', 'maxmemory', '0');
    expect(await other.get('k')).toBeUndefined();
  });

  it('what is new, as it is full, gives what it has, and the rest is loaded', async () => {
    await cache.set('k', 'kept', { ...TTL, tags: ['t'] });
    await redis.client.config('SET', 'maxmemory', '1');
    expect(await cache.getOrSet('k', fixed('new'), { ...TTL, tags: ['t'] })).toBe('kept');
    expect(await cache.getOrSet('none', fixed('loaded'), TTL)).toBe('loaded');
    await expect(cache.set('k', 'new', TTL)).rejects.toMatchObject({ code: 'STATE_STORE_UNAVAILABLE' });
    expect(await cache.writeThrough('k', fixed('written'), TTL)).toBe('written');
    await redis.client.config('SET', 'maxmemory', '0');
    expect(await other.get('k')).toBeUndefined();
    expect(await cache.getOrSet('none', fixed('stored'), TTL)).toBe('stored');
  });
});
