import { Redis } from 'ioredis';
import { CacheService } from '../../src/cache/index.js';
import { TestApp } from '../support/app.js';
import { parsePrometheus } from '../support/prometheus.js';
import { cacheApp, cacheReplicas } from '../support/cache-replicas.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

const TTL = { ttlMs: 60_000 };
let redis: TestRedis;
let a: TestApp;
let b: TestApp;
let cache: CacheService;
let other: CacheService;

beforeAll(async () => {
  redis = await TestRedis.start();
  [a, b] = await cacheReplicas(redis);
  [cache, other] = [a.get(CacheService), b.get(CacheService)];
});

beforeEach(() => redis.client.flushall());

const fixed =
  <T>(value: T) =>
  () =>
    Promise.resolve(value);
async function localHits(app: TestApp): Promise<number> {
  const samples = parsePrometheus((await app.request('GET', '/metrics')).text);
  return samples.find(({ name }) => name === 'holdfast_cache_local_hits_total')?.value ?? 0;
}

/** Reads until the replica answers by itself. */
async function warm(app: TestApp, key: string): Promise<void> {
  const service = app.get(CacheService);
  await waitFor(
    async () => {
      const before = await localHits(app);
      await service.get(key);
      return (await localHits(app)) > before;
    },
    { what: `${key} to be kept here` },
  );
}

const becomes = (service: CacheService, key: string, value: unknown) =>
  waitFor(async () => (await service.get(key)) === value || undefined, {
    what: `${key} to be ${String(value)}`,
  });

describe('the local tier', () => {
  it('answers without Redis being asked', async () => {
    await cache.set('k', { at: new Date(1) }, TTL);
    await warm(b, 'k');
    await redis.client.config('RESETSTAT');
    const first = await other.get('k');
    for (let i = 0; i < 100; i += 1) {
      expect(await other.getOrSet('k', () => Promise.reject(new Error('no load')), TTL)).toBe(first);
    }
    expect(await redis.client.info('commandstats')).not.toContain('cmdstat_evalsha');
  });

  it('gives out what cannot be changed by mistake', async () => {
    const value = await cache.getOrSet('k', fixed({ list: [{ n: 1 }] }), TTL);
    expect(() => value.list.push({ n: 2 })).toThrow(TypeError);
    await warm(b, 'k');
    const there = (await other.get('k')) as typeof value;
    expect(() => (there.list[0].n = 5)).toThrow(TypeError);
  });

  it.each([
    ['another replica’s value', () => cache.set('k', 'new', TTL), 'new'],
    ['another replica’s invalidation', () => cache.delete('k'), undefined],
    ['a tag', () => cache.invalidate({ tags: ['t'] }), undefined],
    ['a prefix', () => cache.invalidate({ prefix: 'k' }), undefined],
    ['a DEL from outside', () => redis.client.del('holdfast:default:cache:{k}:entry'), undefined],
    ['a tag’s DEL from outside', () => redis.client.del('holdfast:default:cache:{t}:tag'), undefined],
    ['FLUSHALL', () => redis.client.flushall(), undefined],
    ['its eviction', () => evict('k'), undefined],
    [
      'an expiry that was set from outside',
      () => redis.client.pexpire('holdfast:default:cache:{k}:entry', 1),
      undefined,
    ],
  ])('hears of %s', async (_name, act, then) => {
    await cache.set('k', 'old', { ...TTL, tags: ['t'] });
    await warm(b, 'k');
    await act();
    await becomes(other, 'k', then);
  });

  it('knows at once what its own replica does', async () => {
    for (let i = 0; i < 200; i += 1) {
      await cache.set('k', i, { ...TTL, tags: ['t'] });
      expect(await cache.get('k')).toBe(i);
      if (i % 3 === 0) await cache.delete('k');
      else if (i % 3 === 1) await cache.invalidate({ tags: ['t'] });
      else await cache.set('k', -i, TTL);
      expect(await cache.get('k')).toBe(i % 3 === 2 ? -i : undefined);
    }
  });

  it('does not outlive the value', async () => {
    await cache.set('k', 1, { ttlMs: 300 });
    await other.get('k');
    await becomes(other, 'k', undefined);
  });

  it.each([
    ['entries', { CACHE_LOCAL_ENTRIES: '10' }, 10],
    // Each takes about twice the length of its text, and some more.
    ['bytes', { CACHE_LOCAL_BYTES: '20000' }, 9],
  ])('keeps no more %s than it may', async (_name, limit: Record<string, string>, most) => {
    const small = await TestApp.start({ REDIS_URL: redis.url, ...limit }, cacheApp());
    const service = small.get(CacheService);
    for (let i = 0; i < 50; i += 1) await service.set(`k${i}`, 'x'.repeat(1000), TTL);
    const readAll = async () => {
      for (let i = 0; i < 50; i += 1) await service.get(`k${i}`);
    };
    await warm(small, 'k0');
    await readAll();
    const before = await localHits(small);
    await readAll();
    expect((await localHits(small)) - before).toBeLessThanOrEqual(most);
    await warm(small, 'k49');
    await small.stop();
  });

  it('keeps nothing when it is told to, and answers all the same', async () => {
    const none = await TestApp.start({ REDIS_URL: redis.url, CACHE_LOCAL_ENTRIES: '0' }, cacheApp());
    await none.get(CacheService).set('k', 1, TTL);
    for (let i = 0; i < 5; i += 1) expect(await none.get(CacheService).get('k')).toBe(1);
    expect(await localHits(none)).toBe(0);
    await none.stop();
  });
});

describe('while one of its connections is killed every 200 ms', () => {
  it.each(['tracking', 'commands'])('%s: no read is older than a second', async (role) => {
    const writer = b.get(CacheService);
    /** When each value was replaced, by the clock of this process. */
    const replacedAt: number[] = [];
    let written = 0;
    let running = true;
    const write = async () => {
      for (let next = 0; running; next += 1) {
        // Whether one that fails was written is not known: the next one replaces it, and what was before.
        const isWritten = await writer.set('k', next, TTL).then(
          () => true,
          () => false,
        );
        if (isWritten) {
          while (replacedAt.length < next) replacedAt.push(performance.now());
          written += 1;
        }
        await new Promise((done) => setTimeout(done, 7));
      }
    };
    const old: string[] = [];
    let reads = 0;
    const read = async () => {
      for (; running; reads += 1) {
        const startedAt = performance.now();
        const value = await cache.get<number>('k').catch(() => undefined);
        const since = value === undefined ? undefined : replacedAt[value];
        if (since !== undefined && startedAt - since > 1000) old.push(`${value}: ${startedAt - since} ms`);
        await new Promise((done) => setTimeout(done, reads % 50 === 0 ? 1 : 0));
      }
    };
    const before = await localHits(a);
    const work = [write(), read(), read()];
    for (let kill = 0; kill < 15; kill += 1) {
      await killOwn(redis.client, role, process.pid);
      await new Promise((done) => setTimeout(done, 200));
    }
    running = false;
    await Promise.all(work);
    expect(old).toEqual([]);
    expect(written).toBeGreaterThan(50);
    expect(reads).toBeGreaterThan(1000);
    expect(await localHits(a)).toBeGreaterThan(before);
    await writer.set('k', 'last', TTL);
    await becomes(cache, 'k', 'last');
    await warm(a, 'k');
  });
});

describe('while Redis is away', () => {
  it('answers by the loader, and by itself again once Redis is back', async () => {
    const server = await TestRedis.start();
    const app = await TestApp.start({ REDIS_URL: server.url }, cacheApp());
    const service = app.get(CacheService);
    await service.set('k', 'kept', TTL);
    await warm(app, 'k');
    await server.kill();
    let loads = 0;
    const load = () => Promise.resolve(`load ${(loads += 1)}`);
    await waitFor(async () => (await service.getOrSet('k', load, TTL)) !== 'kept', {
      what: 'the loss to be known',
    });
    for (let i = 0; i < 20; i += 1) await service.getOrSet('k', load, TTL);
    expect(loads).toBe(21);
    await server.restart();
    await waitFor(() => service.set('k', 'again', TTL).then(() => true), { what: 'Redis to be back' });
    await warm(app, 'k');
    expect(await service.get('k')).toBe('again');
    await app.stop();
  });

  it('frozen, it gives no answer that is older than a second', async () => {
    const server = await TestRedis.start();
    // With a deadline that is far off, so that nothing but the missing proof tells of the silence.
    const settings = { REDIS_URL: server.url, REDIS_COMMAND_TIMEOUT_MS: '5000' };
    const app = await TestApp.start(settings, cacheApp());
    const service = app.get(CacheService);
    await service.set('k', 'kept', TTL);
    await warm(app, 'k');
    server.freeze();
    const since = performance.now();
    let last = since;
    const load = () => Promise.resolve('loaded');
    await waitFor(
      async () => {
        const startedAt = performance.now();
        const value = await service.getOrSet('k', load, TTL);
        if (value === 'kept') last = startedAt;
        return value === 'loaded';
      },
      { what: 'the silence to be noticed' },
    );
    expect(last - since).toBeLessThanOrEqual(1000);
    server.thaw();
    await waitFor(() => service.set('k', 'again', TTL).then(() => true), { what: 'Redis to be back' });
    await warm(app, 'k');
    await app.stop();
  });
});

/** Makes Redis find that it is full, until it has evicted an entry. */
async function evict(key: string): Promise<void> {
  await redis.client.config('SET', 'maxmemory-policy', 'allkeys-lru', 'maxmemory', '1');
  const isGone = async () => {
    await redis.client.set('another', 'x', 'PX', 1000).catch(() => 'there is no room');
    return (await redis.client.exists(`holdfast:default:cache:{${key}}:entry`)) === 0;
  };
  await waitFor(isGone, { what: 'the eviction' });
  await redis.client.config('SET', 'maxmemory-policy', 'noeviction', 'maxmemory', '0');
}

/** Kills this process' connections of one role, of all apps in it. */
async function killOwn(client: Redis, role: string, pid: number): Promise<void> {
  const list = (await client.client('LIST')) as string;
  const own = list
    .split('\n')
    .filter((line) => new RegExp(` name=holdfast:${role}:[^ ]*:${pid} `).test(line));
  await Promise.all(own.map((line) => client.client('KILL', 'ID', Number(/^id=(\d+)/.exec(line)?.[1]))));
}
