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
  const [one, two] = await cacheReplicas(redis);
  [cache, other] = [one.get(CacheService), two.get(CacheService)];
});

beforeEach(() => redis.client.flushall());

const named = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `m${from + i}`);

/** A bulk loader, and what it was asked for. */
function bulk() {
  const asked: string[][] = [];
  const load = (keys: readonly string[]) => {
    asked.push([...keys]);
    return Promise.resolve(keys.map((key) => `loaded ${key}`));
  };
  return { asked, load };
}

describe('many values', () => {
  it('are loaded by one call, however many are missing', async () => {
    const keys = named(0, 300);
    for (const options of [TTL, { ...TTL, tags: ['t'] }]) {
      const { asked, load } = bulk();
      expect(await cache.getMany(keys, load, options)).toEqual(keys.map((key) => `loaded ${key}`));
      expect(asked).toEqual([keys]);
      expect(await other.getMany(keys, load, options)).toEqual(keys.map((key) => `loaded ${key}`));
      expect(asked).toHaveLength(1);
      await cache.invalidate({ keys });
    }
  });

  it('are loaded by one call, although some are known to be missing only after two round trips more', async () => {
    const invalid = named(0, 150);
    for (const key of invalid) await other.set(key, 'old', { ...TTL, tags: ['t'] });
    await other.invalidate({ tags: ['t'] });
    const keys = named(0, 300).reverse();
    const { asked, load } = bulk();
    expect(await cache.getMany(keys, load, TTL)).toEqual(keys.map((key) => `loaded ${key}`));
    expect(asked).toEqual([keys]);
  });

  it('are loaded by one call when some are here, some in Redis and some under way elsewhere', async () => {
    const [here, there, elsewhere] = [named(0, 100), named(100, 200), named(200, 300)];
    const missing = named(300, 400);
    for (const key of [...here, ...there]) await other.set(key, `had ${key}`, TTL);
    for (const key of here) await cache.get(key);
    const { load: loadThere, begun, open } = gate<string>();
    const loads = elsewhere.map((key) => other.getOrSet(key, loadThere, TTL));
    await begun(elsewhere.length);
    // In an order in which they lie among each other.
    const keys = named(0, 100).flatMap((_, i) => [missing[i], here[i], elsewhere[i], there[i]]);
    const { asked, load } = bulk();
    const many = cache.getMany(keys, load, TTL);
    await waitFor(() => asked.length > 0, { what: 'the load' });
    open('from elsewhere');
    const had = [...here, ...there];
    expect(await many).toEqual(
      keys.map((key) => {
        if (had.includes(key)) return `had ${key}`;
        return elsewhere.includes(key) ? 'from elsewhere' : `loaded ${key}`;
      }),
    );
    expect(asked).toEqual([missing]);
    await Promise.all(loads);
  });

  it('are loaded once each, also when they are asked for twice', async () => {
    const { asked, load } = bulk();
    expect(await cache.getMany(['a', 'b', 'a'], load, TTL)).toEqual(['loaded a', 'loaded b', 'loaded a']);
    expect(asked).toEqual([['a', 'b']]);
  });

  it('fail together, and hold no lease afterwards', async () => {
    const keys = named(0, 300);
    const fail = () => Promise.reject(new Error('the source fails'));
    await expect(cache.getMany(keys, fail, { ...TTL, source: 'x' })).rejects.toThrow('the source fails');
    await waitFor(async () => (await redis.client.keys('*:entry')).length === 0, {
      what: 'the leases to go',
    });
  });

  it('are the rest of them when what lies under one key is none of the cache’s', async () => {
    await redis.client.lpush('holdfast:default:cache:{m5}:entry', 'of another kind');
    const { asked, load } = bulk();
    await expect(cache.getMany(named(0, 10), load, TTL)).rejects.toThrow('WRONGTYPE');
    const rest = named(0, 10).filter((key) => key !== 'm5');
    await waitFor(() => asked.length > 0, { what: 'the load' });
    expect(asked).toEqual([rest]);
    expect(await other.getMany(rest, load, TTL)).toEqual(rest.map((key) => `loaded ${key}`));
    expect(asked).toHaveLength(1);
  });
});
