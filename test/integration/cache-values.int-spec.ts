import { CacheService } from '../../src/cache/index.js';
import { gate } from '../support/gate.js';
import { cacheReplicas } from '../support/cache-replicas.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

const TTL = { ttlMs: 60_000 };

let redis: TestRedis;
let cache: CacheService;
let other: CacheService;

beforeAll(async () => {
  redis = await TestRedis.start();
  const settings = {
    CACHE_LOCAL_ENTRIES: '0',
    CACHE_COMPRESS_BYTES: '1000',
    CACHE_PREFIXES: 'user:,user:1:',
  };
  const [one, two] = await cacheReplicas(redis, settings);
  [cache, other] = [one.get(CacheService), two.get(CacheService)];
});

beforeEach(() => redis.client.flushall());

const entryKey = (key: string) => `holdfast:default:cache:{${key}}:entry`;
const fixed =
  <T>(value: T) =>
  () =>
    Promise.resolve(value);
const isStale = (key: string) =>
  waitFor(async () => (await cache.peek(key))?.state === 'stale', { what: 'its expiry' });

/** What a call cost Redis: commands by name. */
async function cost(call: () => Promise<unknown>): Promise<Record<string, number>> {
  await redis.client.config('RESETSTAT');
  await call();
  const stats = await redis.client.info('commandstats');
  const calls = [...stats.matchAll(/cmdstat_([\w|]+):calls=(\d+)/g)].map(([, name, times]) => [
    name,
    Number(times),
  ]);
  return Object.fromEntries(
    calls.filter(([name]) => !['config|resetstat', 'info', 'publish'].includes(String(name))),
  );
}

describe('a value', () => {
  it('is on another replica what it was on this one', async () => {
    const value = {
      at: new Date(5),
      map: new Map([['k', new Set([1n])]]),
      gone: undefined,
      file: Buffer.from([1, 2]),
      none: null,
      odd: [Number.NaN, -0],
    };
    await cache.getOrSet('rich', fixed(value), TTL);
    expect(await other.get('rich')).toStrictEqual(value);
    await cache.set('null', null, TTL);
    expect(await other.getOrSet('null', () => Promise.reject(new Error('no load')), TTL)).toBeNull();
  });

  it('is compressed where it is large', async () => {
    const value = 'the same again '.repeat(1000);
    await cache.set('large', value, TTL);
    expect(await redis.client.strlen(entryKey('large'))).toBeLessThan(1000);
    expect(await other.get('large')).toBe(value);
  });

  it('is loaded anew when what is there cannot be read', async () => {
    await cache.set('k', 'the same again '.repeat(1000), TTL);
    const length = await redis.client.strlen(entryKey('k'));
    await redis.client.setrange(entryKey('k'), length - 40, 'x'.repeat(40));
    expect(await cache.getOrSet('k', fixed('new'), TTL)).toBe('new');
    await redis.client.set(entryKey('k'), 'V"as the version before wrote it, with some more text behind"');
    expect(await cache.get('k')).toBeUndefined();
    expect(await cache.getOrSet('k', fixed('newer'), TTL)).toBe('newer');
    expect(await other.get('k')).toBe('newer');
  });

  it('expires in Redis after its grace, and not with those that were stored with it', async () => {
    await Promise.all(
      Array.from({ length: 50 }, (_, i) => cache.set(`k${i}`, i, { ttlMs: 50_000, graceMs: 10_000 })),
    );
    const ttls = await Promise.all(
      Array.from({ length: 50 }, (_, i) => redis.client.pttl(entryKey(`k${i}`))),
    );
    expect(Math.max(...ttls)).toBeLessThanOrEqual(60_000);
    expect(Math.min(...ttls)).toBeGreaterThan(40_000);
    expect(Math.max(...ttls) - Math.min(...ttls)).toBeGreaterThan(500);
  });

  it('that is null can be kept for less long', async () => {
    await cache.getOrSet('none', fixed(null), { ttlMs: 60_000, negativeTtlMs: 1000 });
    expect((await cache.peek('none'))?.ttlMs).toBeLessThanOrEqual(1000);
    await cache.getOrSet('some', fixed(1), { ttlMs: 60_000, negativeTtlMs: 1000 });
    expect((await cache.peek('some'))?.ttlMs).toBeGreaterThan(50_000);
  });

  it('is peeked at without a load or a change', async () => {
    expect(await cache.peek('k')).toBeUndefined();
    await cache.set('k', 1, { ttlMs: 60_000, tags: ['t', 'u'] });
    expect(await other.peek('k')).toEqual({
      value: 1,
      state: 'fresh',
      ttlMs: expect.any(Number),
      tags: ['t', 'u'],
    });
  });

  it('costs one command when it is there, and two with eight tags, in one write', async () => {
    const tags = Array.from({ length: 8 }, (_, i) => `t${i}`);
    await cache.set('plain', 1, TTL);
    await cache.set('tagged', 1, { ...TTL, tags });
    const load = () => Promise.reject(new Error('no load'));
    // Redis has to know the scripts.
    await Promise.all([other.getOrSet('plain', load, TTL), other.getOrSet('tagged', load, { ...TTL, tags })]);
    await other.getOrSet('plain', load, TTL);
    // In a script: GET and TIME, and of each tag's stamp GET and PTTL.
    expect(await cost(() => other.getOrSet('plain', load, TTL))).toEqual({ evalsha: 1, time: 1, get: 1 });
    expect(await cost(() => other.getOrSet('tagged', load, { ...TTL, tags }))).toEqual({
      evalsha: 2,
      time: 1,
      get: 9,
      pttl: 8,
    });
  });
});

describe('an old value', () => {
  const GRACE = { ttlMs: 20, graceMs: 60_000, beta: 0 };

  it('stands in while a new one is loaded', async () => {
    await cache.getOrSet('k', fixed('old'), GRACE);
    await isStale('k');
    let release: (value: string) => void = () => undefined;
    const load = () => new Promise<string>((resolve) => (release = resolve));
    expect(await cache.getOrSet('k', load, GRACE)).toBe('old');
    expect(await other.getOrSet('k', () => Promise.reject(new Error('no load')), GRACE)).toBe('old');
    expect(await cache.get('k')).toBeUndefined();
    release('new');
    await waitFor(async () => (await other.peek('k'))?.value === 'new', { what: 'the new value' });
  });

  it('is not waited for when the new one comes in time', async () => {
    await cache.getOrSet('k', fixed('old'), GRACE);
    await isStale('k');
    expect(await cache.getOrSet('k', fixed('new'), { ...GRACE, softTimeoutMs: 10_000 })).toBe('new');
    await isStale('k');
    const never = () => new Promise<string>(() => undefined);
    // Its failure comes later, and is no concern of the other tests' source.
    const patient = { ...GRACE, softTimeoutMs: 5, hardTimeoutMs: 200, source: 'never' };
    expect(await cache.getOrSet('k', never, patient)).toBe('new');
  });

  it('is not waited for in vain by those of another replica', async () => {
    await cache.getOrSet('k', fixed('old'), GRACE);
    await isStale('k');
    let release: (value: string) => void = () => undefined;
    let begun = false;
    const load = () => ((begun = true), new Promise<string>((resolve) => (release = resolve)));
    const options = { ttlMs: 60_000, graceMs: 60_000, beta: 0, softTimeoutMs: 30_000 };
    const first = cache.getOrSet('k', load, options);
    await waitFor(() => begun, { what: 'the load to begin' });
    const second = other.getOrSet('k', () => Promise.reject(new Error('no load')), options);
    expect(await other.getOrSet('k', load, { ...options, softTimeoutMs: 5 })).toBe('old');
    release('new');
    expect([await first, await second]).toEqual(['new', 'new']);
  });

  it('stands in when the load fails', async () => {
    await cache.getOrSet('k', fixed('old'), GRACE);
    await isStale('k');
    const fail = () => Promise.reject(new Error('the source fails'));
    expect(await cache.getOrSet('k', fail, { ...GRACE, softTimeoutMs: 10_000, source: 'x' })).toBe('old');
    expect(await cache.getOrSet('k', fixed('new'), { ...GRACE, softTimeoutMs: 10_000 })).toBe('new');
  });

  it('does not stand in for who has waited for the new one while it was invalidated', async () => {
    await cache.getOrSet('k', fixed('old'), GRACE);
    await isStale('k');
    const { load, begun, open } = gate<string>();
    const options = { ttlMs: 60_000, graceMs: 60_000, beta: 0, softTimeoutMs: 30_000 };
    const first = cache.getOrSet('k', load, options);
    await begun();
    const second = other.getOrSet('k', fixed('new'), options);
    await other.peek('k');
    await redis.client.del(entryKey('k'));
    expect(await second).toBe('new');
    open('read before that');
    expect(await first).toBe('read before that');
    expect(await cache.get('k')).toBe('new');
  });

  it('does not stand in once it was invalidated', async () => {
    await cache.getOrSet('k', fixed('old'), { ...GRACE, tags: ['t'] });
    await isStale('k');
    await other.invalidate({ tags: ['t'] });
    expect(await cache.peek('k')).toBeUndefined();
    expect(await cache.getOrSet('k', fixed('new'), { ...GRACE, tags: ['t'] })).toBe('new');
  });
});

describe('a value that will expire soon', () => {
  it('is loaded anew in the background, once, for all who have the old one meanwhile', async () => {
    let loads = 0;
    const load = async () => {
      await redis.client.time();
      return (loads += 1);
    };
    // With such a beta every reader's dice say yes.
    const options = { ttlMs: 60_000, beta: 1e9 };
    await cache.getOrSet('k', load, options);
    const values = await Promise.all(
      Array.from({ length: 40 }, (_, i) => (i % 2 ? cache : other).getOrSet('k', load, options)),
    );
    expect(new Set(values)).toEqual(new Set([1]));
    await waitFor(async () => (await cache.peek('k'))?.value === 2, { what: 'the new value' });
    expect(loads).toBe(2);
  });
});

describe('options that cannot be', () => {
  it.each([
    [{ ttlMs: -1 }],
    [{} as { ttlMs: number }],
    [{ ttlMs: 1000, tags: Array.from({ length: 65 }, (_, i) => `t${i}`) }],
  ])('are told by a rejection, and change nothing: %j', async (options) => {
    // Whoever makes the promise first and waits for it later hears of it there.
    const promises = [
      cache.getOrSet('k', fixed(1), options),
      cache.getMany(['k'], fixed([1]), options),
      cache.set('k', 1, options),
      cache.writeThrough('k', fixed(1), options),
    ];
    for (const outcome of await Promise.allSettled(promises)) {
      expect(outcome).toEqual({ status: 'rejected', reason: expect.any(RangeError) });
    }
    expect(await redis.keys()).toEqual([]);
  });
});

describe('many values', () => {
  it('are loaded together, those that are missing', async () => {
    await cache.set('m1', 'one', TTL);
    const asked: string[][] = [];
    const load = (keys: readonly string[]) => {
      asked.push([...keys]);
      return Promise.resolve(keys.map((key) => `loaded ${key}`));
    };
    expect(await cache.getMany(['m0', 'm1', 'm2'], load, TTL)).toEqual(['loaded m0', 'one', 'loaded m2']);
    expect(asked).toEqual([['m0', 'm2']]);
    expect(await other.getMany(['m2', 'm0'], load, TTL)).toEqual(['loaded m2', 'loaded m0']);
    expect(asked).toHaveLength(1);
  });

  it('are refused together when the loader gives another number of them', async () => {
    const load = cache.getMany(['m0', 'm1'], fixed(['one']), { ...TTL, source: 'many' });
    await expect(load).rejects.toThrow(RangeError);
    // The first that gives its lease back is who rejects.
    const isEmpty = async () => (await redis.keys()).length === 0;
    await waitFor(isEmpty, { what: 'both leases to be given back' });
  });
});
