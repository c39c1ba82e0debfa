import { CacheService } from '../../src/cache/index.js';
import { TestApp } from '../support/app.js';
import { cacheApp } from '../support/cache-replicas.js';
import { TestCluster } from '../support/redis-topologies.js';
import { waitFor } from '../support/wait-for.js';

const TTL = { ttlMs: 60_000 };

let cluster: TestCluster;
let cache: CacheService;
let other: CacheService;

beforeAll(async () => {
  cluster = await TestCluster.start();
  const settings = { REDIS_URL: cluster.url, CACHE_PREFIXES: 'user:' };
  const start = () => TestApp.start(settings, cacheApp());
  const apps = await Promise.all([start(), start()]);
  for (const app of apps) {
    const ready = async () => (await app.request('GET', '/health/ready')).body.status === 'ok';
    await waitFor(ready, { what: 'the app to be ready', timeoutMs: 20_000 });
  }
  [cache, other] = apps.map((app) => app.get(CacheService));
});

/** The replicas and the servers end by themselves, before it. */
afterAll(() => cluster?.stop());

const keys = Array.from({ length: 20 }, (_, i) => `user:${i}`);
const becomes = (service: CacheService, key: string, value: unknown) =>
  waitFor(async () => (await service.get(key)) === value, { what: `${key} to be ${String(value)}` });

describe('in a Cluster', () => {
  it('entries and their tags, on whatever node, are checked in one go', async () => {
    const options = { ...TTL, tags: ['t1', 't2', 't3'] };
    for (const key of keys) await cache.getOrSet(key, () => Promise.resolve(key), options);
    for (const key of keys) expect(await other.get(key, options)).toBe(key);
    await other.invalidate({ tags: ['t2'] });
    for (const key of keys) await becomes(cache, key, undefined);
    const load = (missing: readonly string[]) => Promise.resolve(missing.map((key) => `new ${key}`));
    expect(await cache.getMany(keys, load, options)).toEqual(keys.map((key) => `new ${key}`));
  });

  it('a prefix is invalidated on all nodes, declared or not', async () => {
    for (const prefix of ['user:', 'user']) {
      for (const key of keys) await cache.set(key, key, TTL);
      await other.invalidate({ prefix });
      for (const key of keys) await becomes(cache, key, undefined);
    }
  });

  it('one load serves both replicas, and those who wait are woken', async () => {
    for (const key of keys) {
      let loads = 0;
      let release: (value: string) => void = () => undefined;
      const load = () => ((loads += 1), new Promise<string>((resolve) => (release = resolve)));
      await cache.delete(key);
      await becomes(other, key, undefined);
      const first = cache.getOrSet(key, load, TTL);
      await waitFor(() => loads === 1, { what: 'the load to begin' });
      const second = other.getOrSet(key, load, TTL);
      release(`loaded ${key}`);
      expect([await first, await second, loads]).toEqual([`loaded ${key}`, `loaded ${key}`, 1]);
    }
  });

  it('a load that began before an invalidation is not stored', async () => {
    for (const what of [{ keys: ['user:1'] }, { tags: ['t'] }, { prefix: 'user:' }]) {
      let release: (value: string) => void = () => undefined;
      let begun = false;
      const load = () => ((begun = true), new Promise<string>((resolve) => (release = resolve)));
      const options = { ...TTL, tags: ['t'] };
      await cache.delete('user:1');
      await becomes(cache, 'user:1', undefined);
      const early = cache.getOrSet('user:1', load, options);
      await waitFor(() => begun, { what: 'the load to begin' });
      await other.invalidate(what);
      release('old');
      expect(await early).toBe('old');
      expect(await other.getOrSet('user:1', () => Promise.resolve('new'), options)).toBe('new');
    }
  });

  it('what is removed from outside is gone a second later', async () => {
    await cache.set('user:5', 'old', TTL);
    await other.get('user:5');
    for (const { client } of cluster.masters) {
      await client.del('holdfast:default:cache:{user%3a5}:entry').catch(() => 'on another node');
    }
    await becomes(other, 'user:5', undefined);
  });
});
