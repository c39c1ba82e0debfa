import { setImmediate as nextTurn } from 'node:timers/promises';
import { CacheService } from '../../src/cache/index.js';
import { appWithout, TestApp } from '../support/app.js';
import { Random } from '../support/random.js';
import { TestRedis } from '../support/redis-server.js';

const TTL = { ttlMs: 60_000 };

let redis: TestRedis;
let cache: CacheService;
let other: CacheService;

beforeAll(async () => {
  redis = await TestRedis.start();
  const settings = { REDIS_URL: redis.url, CACHE_LOCAL_ENTRIES: '0', CACHE_PREFIXES: 'user:,user:1:' };
  const root = appWithout('PostgresModule', 'CatalogModule');
  const [one, two] = await Promise.all([TestApp.start(settings, root), TestApp.start(settings, root)]);
  [cache, other] = [one.get(CacheService), two.get(CacheService)];
});

beforeEach(() => redis.client.flushall());

describe('20,000 loads and invalidations in any order', () => {
  it('leave no stale value', async () => {
    const random = new Random(20_000);
    const ways = ['key', 'tag', 'prefix'] as const;
    /** The prefix is that of all its keys: each of its invalidations makes all of them load anew. */
    const wayOf = (place: number) => (place % 50 === 0 ? 'prefix' : ways[place % 2]);
    let interleavings = 0;
    let kept = 0;
    const stale: string[] = [];

    /** Reads and one write of a key; where each of their steps falls is left to chance. */
    async function interleave(key: string, way: (typeof ways)[number]): Promise<void> {
      const options = { ...TTL, tags: way === 'tag' ? [`tag of ${key}`] : [] };
      let truth = 0;
      let floor = 0;
      const turns = async (most: number) => {
        for (let turn = random.integer(0, most); turn > 0; turn -= 1) await nextTurn();
      };
      const read = async (replica: CacheService) => {
        await turns(6);
        const least = floor;
        const load = async () => {
          const seen = truth;
          await turns(6);
          return seen;
        };
        if ((await replica.getOrSet(key, load, options)) < least) stale.push(`${key}: an answer`);
      };
      const write = async (replica: CacheService) => {
        await turns(8);
        truth = 1;
        if (way === 'key') await replica.invalidate({ keys: [key] });
        else if (way === 'tag') await replica.invalidate({ tags: options.tags });
        else await replica.invalidate({ prefix: 'user:' });
        floor = 1;
      };
      await Promise.all([read(cache), read(other), write(random.pick([cache, other]))]);
      const value = await other.get<number>(key, options);
      if (value === 0) stale.push(`${key}: what was kept`);
      if (value !== undefined) kept += 1;
      interleavings += 1;
    }

    while (interleavings < 20_000) {
      const begun = Array.from({ length: 500 }, (_, place) => {
        const way = wayOf(place);
        return interleave(`${way === 'prefix' ? 'user:' : ''}${interleavings}-${place}`, way);
      });
      await Promise.all(begun);
    }
    expect(stale).toEqual([]);
    expect(kept).toBeGreaterThan(1000);
  });
});
