import { setImmediate as nextTurn } from 'node:timers/promises';
import { CacheService } from '../../src/cache/index.js';
import { Random } from '../support/random.js';
import { cacheReplicas } from '../support/cache-replicas.js';
import { TestRedis } from '../support/redis-server.js';

const TTL = { ttlMs: 60_000 };

let redis: TestRedis;
let cache: CacheService;
let other: CacheService;

beforeAll(async () => {
  redis = await TestRedis.start();
  const patient = { REDIS_COMMAND_TIMEOUT_MS: '5000', CACHE_READ_TIMEOUT_MS: '5000' };
  const settings = { ...patient, CACHE_LOCAL_ENTRIES: '0', CACHE_PREFIXES: 'user:,user:1:' };
  const [one, two] = await cacheReplicas(redis, settings);
  [cache, other] = [one.get(CacheService), two.get(CacheService)];
});

beforeEach(() => redis.client.flushall());

describe('20,000 loads and invalidations in any order', () => {
  it('leave no stale value', async () => {
    const random = new Random(20_000);
    const ways = ['key', 'tag', 'set', 'through', 'delete'] as const;
    /** Each invalidation of the prefix makes all of its keys load anew, and a scan goes through all that Redis has. */
    const wayOf = (place: number) => {
      if (place % 50 === 0) return 'prefix';
      return place % 50 === 1 ? 'scan' : ways[place % ways.length];
    };
    let interleavings = 0;
    let kept = 0;
    const stale: string[] = [];

    /** Reads and one write of a key; where each of their steps falls is left to chance. */
    async function interleave(key: string, way: ReturnType<typeof wayOf>): Promise<void> {
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
      const change = () => Promise.resolve((truth = 1));
      const waysToWrite: Record<typeof way, (replica: CacheService) => Promise<unknown>> = {
        key: async (replica) => (await change(), replica.invalidate({ keys: [key] })),
        tag: async (replica) => (await change(), replica.invalidate({ tags: options.tags })),
        prefix: async (replica) => (await change(), replica.invalidate({ prefix: 'user:' })),
        scan: async (replica) => (await change(), replica.invalidate({ prefix: key })),
        set: async (replica) => (await change(), replica.set(key, 1, options)),
        delete: async (replica) => (await change(), replica.delete(key)),
        through: (replica) =>
          replica.writeThrough(
            key,
            async () => (await turns(3), await change(), await turns(3), truth),
            options,
          ),
      };
      const write = async (replica: CacheService) => {
        await turns(8);
        await waysToWrite[way](replica);
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
      // So that a scan has few steps.
      await redis.client.flushall();
    }
    expect(stale).toEqual([]);
    expect(kept).toBeGreaterThan(1000);
  }, 300_000);
});
