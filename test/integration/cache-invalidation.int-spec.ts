import { CacheService } from '../../src/cache/index.js';
import { CacheRedisClient } from '../../src/redis/index.js';
import { TestApp } from '../support/app.js';
import { gate } from '../support/gate.js';
import { cacheApp, cacheReplicas } from '../support/cache-replicas.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

const TTL = { ttlMs: 60_000 };
const HEAD = 'holdfast:default:cache:';

let redis: TestRedis;
/** What either replica's cache has asked of Redis. */
const operations: string[] = [];
let cache: CacheService;
let other: CacheService;

beforeAll(async () => {
  redis = await TestRedis.start();
  const settings = { CACHE_LOCAL_ENTRIES: '0', CACHE_PREFIXES: 'user:,user:1:' };
  const [one, two] = await cacheReplicas(redis, settings);
  [cache, other] = [one.get(CacheService), two.get(CacheService)];
  for (const app of [one, two]) {
    app.get(CacheRedisClient).observe(({ feature, operation }) => {
      if (feature === 'cache') operations.push(operation);
    });
  }
});

beforeEach(() => redis.client.flushall());

const fixed =
  <T>(value: T) =>
  () =>
    Promise.resolve(value);

/** Commands that a call has cost Redis, by name. */
async function cost(call: () => Promise<unknown>): Promise<Record<string, number>> {
  await redis.client.config('RESETSTAT');
  await call();
  const stats = await redis.client.info('commandstats');
  const calls = [...stats.matchAll(/cmdstat_(\w+):calls=(\d+)/g)];
  return Object.fromEntries(calls.map(([, name, times]) => [name, Number(times)]));
}

/** For a tag, however many entries bear it: a script call, which sets a key. Replicas say meanwhile that they are alive. */
async function expectOneCommand(invalidate: () => Promise<unknown>): Promise<void> {
  const before = operations.length;
  const { set, unlink, del, scan } = await cost(invalidate);
  expect(operations.slice(before)).toEqual(['cache.invalidate']);
  expect(set).toBeLessThan(10);
  expect([unlink, del, scan]).toEqual([undefined, undefined, undefined]);
}

async function fill(keys: readonly string[], tags: readonly string[]): Promise<void> {
  for (let at = 0; at < keys.length; at += 1000) {
    await Promise.all(keys.slice(at, at + 1000).map((key) => cache.set(key, key, { ...TTL, tags })));
  }
}

describe('a tag', () => {
  it('invalidates all that bears it, and nothing else', async () => {
    await cache.set('k1', 1, { ...TTL, tags: ['a', 'b'] });
    await cache.set('k2', 2, { ...TTL, tags: ['b'] });
    await cache.set('k3', 3, TTL);
    await other.invalidate({ tags: ['a'] });
    expect(await Promise.all(['k1', 'k2', 'k3'].map((key) => cache.get(key)))).toEqual([undefined, 2, 3]);
    await other.invalidate({ tags: ['b'] });
    expect(await Promise.all(['k1', 'k2', 'k3'].map((key) => cache.get(key)))).toEqual([
      undefined,
      undefined,
      3,
    ]);
  });

  it('is one command for 100,000 entries', async () => {
    const count = 100_000;
    await cache.set('k1', 'of many', { ...TTL, tags: ['many'] });
    // What lies under the first key, under all of them: in a frame there is no key.
    const copy = `local frame = redis.call('GET', KEYS[1])
      for i = 2, ARGV[1] do redis.call('SET', ARGV[2] .. '{k' .. i .. '}:entry', frame, 'PX', 60000) end`;
    await redis.client.eval(copy, 1, `${HEAD}{k1}:entry`, count, HEAD);
    const sample = Array.from({ length: 500 }, (_, i) => `k${1 + i * 200}`).concat(`k${count}`);
    const left = () => Promise.all(sample.map((key) => other.get(key, { tags: ['many'] })));
    expect(new Set(await left())).toEqual(new Set(['of many']));
    await expectOneCommand(() => cache.invalidate({ tags: ['many'] }));
    expect(new Set(await left())).toEqual(new Set([undefined]));
    expect(await redis.client.dbsize()).toBeGreaterThanOrEqual(count);
  });

  it('that Redis has lost invalidates all that bears it', async () => {
    await cache.set('k', 1, { ...TTL, tags: ['a'] });
    await redis.client.del('holdfast:default:cache:{a}:tag');
    expect(await other.get('k', { tags: ['a'] })).toBeUndefined();
    expect(await cache.getOrSet('k', fixed('new'), { ...TTL, tags: ['a'] })).toBe('new');
    expect(await other.get('k')).toBe('new');
  });

  it('outlives the entries that bear it', async () => {
    await cache.set('k', 1, { ttlMs: 5000, tags: ['a'] });
    const life = await redis.client.pttl('holdfast:default:cache:{a}:tag');
    expect(life).toBeGreaterThan(5000);
    await cache.set('k', 1, { ttlMs: 50_000, graceMs: 50_000, tags: ['a'] });
    expect(await redis.client.pttl('holdfast:default:cache:{a}:tag')).toBeGreaterThan(100_000);
    expect(await cache.get('k')).toBe(1);
  });

  it('outlives the load of an entry that lives for less long than that takes', async () => {
    const { load, begun, open } = gate<string>();
    const loading = cache.getOrSet('k', load, { ttlMs: 1, graceMs: 500, tags: ['a'] });
    await begun();
    expect(await redis.client.pttl('holdfast:default:cache:{a}:tag')).toBeGreaterThan(10_000);
    open('value');
    expect(await loading).toBe('value');
  });

  it('that another caller declares differently is checked as well', async () => {
    await cache.getOrSet('k', fixed('old'), { ...TTL, tags: ['a', 'b'] });
    await other.invalidate({ tags: ['b'] });
    expect(await other.getOrSet('k', fixed('new'), { ...TTL, tags: ['c'] })).toBe('new');
  });
});

describe('a load under way', () => {
  it.each([
    ['its key', { keys: ['user:1:k'] }],
    ['a tag', { tags: ['t'] }],
    ['a declared prefix', { prefix: 'user:1:' }],
    ['another prefix', { prefix: 'user:1:k' }],
  ])(
    'stores nothing that is valid once %s was invalidated, and is not joined any more',
    async (_name, what) => {
      const options = { ...TTL, tags: ['t'] };
      for (const invalidator of [cache, other]) {
        let release: (value: string) => void = () => undefined;
        let begun = false;
        const early = cache.getOrSet(
          'user:1:k',
          () => ((begun = true), new Promise<string>((resolve) => (release = resolve))),
          options,
        );
        await waitFor(() => begun, { what: 'the load to begin' });
        await invalidator.invalidate(what);
        const late = cache.getOrSet('user:1:k', fixed('new'), options);
        expect(await late).toBe('new');
        release('old');
        expect(await early).toBe('old');
        expect(await other.getOrSet('user:1:k', fixed('newer'), options)).toBe('new');
        await cache.delete('user:1:k');
      }
    },
  );
});

describe('a load that fails', () => {
  it('takes nobody’s lease away but its own', async () => {
    const [first, second] = [gate<string>(), gate<string>()];
    const failing = cache.getOrSet('k', first.load, TTL);
    await first.begun();
    await other.invalidate({ keys: ['k'] });
    const loading = other.getOrSet('k', second.load, TTL);
    await second.begun();
    first.fail(new Error('the first'));
    await expect(failing).rejects.toThrow('the first');
    second.open('loaded');
    expect(await loading).toBe('loaded');
    expect(await cache.get('k')).toBe('loaded');
  });
});

describe('a prefix', () => {
  it('that is declared is one command for any number of entries', async () => {
    await fill(
      Array.from({ length: 500 }, (_, i) => `user:1:${i}`),
      [],
    );
    await fill(['user:2:1', 'users'], []);
    await expectOneCommand(() => other.invalidate({ prefix: 'user:1:' }));
    expect(await cache.get('user:1:3')).toBeUndefined();
    expect(await cache.get('user:2:1')).toBe('user:2:1');
    await other.invalidate({ prefix: 'user:' });
    expect(await cache.get('user:2:1')).toBeUndefined();
    expect(await cache.get('users')).toBe('users');
  });

  it('that is not is looked for in steps, and means what it says, whatever is in it', async () => {
    const prefixes = ['a', 'a:', 'a*', 'a?', 'a[b]', 'a\\', 'a}:entry', 'ä{', '*'];
    const keys = prefixes.flatMap((prefix) => [`${prefix}1`, `${prefix}*2`]);
    for (const prefix of prefixes) {
      await fill(keys, []);
      const spent = await cost(() => other.invalidate({ prefix }));
      expect(spent).not.toHaveProperty('keys');
      const left = await cache.getMany(keys, (missing) => Promise.resolve(missing.map(() => 'gone')), TTL);
      expect(left).toEqual(keys.map((key) => (key.startsWith(prefix) ? 'gone' : key)));
      await redis.client.flushall();
    }
  });

  it('is found among many keys, in small steps', async () => {
    const keys = Array.from({ length: 3000 }, (_, i) => `${i % 3 ? 'x' : 'y'}:${i}`);
    await fill(keys, []);
    const { scan, unlink } = await cost(() => cache.invalidate({ prefix: 'y:' }));
    expect(scan).toBeGreaterThanOrEqual(5);
    expect(unlink).toBe(1000);
    expect(await redis.keys()).toHaveLength(2000);
  });

  it('that a replica did not know when it stored an entry is no reason to keep that', async () => {
    await redis.client.flushall();
    const plain = await TestApp.start({ REDIS_URL: redis.url }, cacheApp());
    await plain.get(CacheService).set('user:7', 'of the version before', TTL);
    expect(await cache.getOrSet('user:7', fixed('new'), TTL)).toBe('new');
    await plain.stop();
  });
});

describe('a write through', () => {
  it('is stored, and its reader waits for it', async () => {
    await cache.set('k', 'old', TTL);
    let release: (value: string) => void = () => undefined;
    let begun = false;
    const write = () => ((begun = true), new Promise<string>((resolve) => (release = resolve)));
    const writing = cache.writeThrough('k', write, TTL);
    await waitFor(() => begun, { what: 'the write to begin' });
    const reading = other.getOrSet('k', () => Promise.reject(new Error('no load')), TTL);
    release('new');
    expect(await writing).toBe('new');
    expect(await reading).toBe('new');
  });

  it('removes the entry when it fails', async () => {
    await cache.set('k', 'old', TTL);
    await expect(cache.writeThrough('k', () => Promise.reject(new Error('no')), TTL)).rejects.toThrow('no');
    expect(await redis.keys()).toEqual([]);
  });

  it('is not stored when another one overlapped, in whatever order they end', async () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const release: ((value: string) => void)[] = [];
      const write = () => new Promise<string>((resolve) => release.push(resolve));
      const writes = [cache.writeThrough('k', write, TTL)];
      await waitFor(() => release.length === 1, { what: 'the first write' });
      writes.push(other.writeThrough('k', write, TTL));
      await waitFor(() => release.length === 2, { what: 'the second write' });
      for (const which of order) {
        release[which](`write ${which}`);
        await writes[which];
      }
      expect(await cache.get('k')).toBeUndefined();
    }
  });
});
