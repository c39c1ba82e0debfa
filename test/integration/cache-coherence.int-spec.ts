import { setImmediate as nextTurn } from 'node:timers/promises';
import { CacheService } from '../../src/cache/index.js';
import { CacheRedisClient } from '../../src/redis/index.js';
import { gate } from '../support/gate.js';
import { Random } from '../support/random.js';
import { cacheReplicas } from '../support/cache-replicas.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

const TTL = { ttlMs: 60_000 };
const HEAD = 'holdfast:default:cache:';

let redis: TestRedis;
let cache: CacheService;
/** Its reads of Redis are counted. */
let other: CacheService;
let reads = 0;

beforeEach(async () => {
  redis = await TestRedis.start();
  const [one, two] = await cacheReplicas(redis);
  [cache, other] = [one.get(CacheService), two.get(CacheService)];
  two.get(CacheRedisClient).observe(({ operation }) => {
    if (operation === 'cache.read') reads += 1;
  });
});

const fixed =
  <T>(value: T) =>
  () =>
    Promise.resolve(value);

/** Until the replica answers by itself. */
async function warm(key: string): Promise<void> {
  const isKept = async () => {
    const before = reads;
    await other.get(key);
    return reads === before;
  };
  await waitFor(isKept, { what: `${key} to be kept by the replica` });
}

const becomes = (key: string, value: unknown) =>
  waitFor(async () => (await other.get(key)) === value || undefined, { what: `${key} to be ${value}` });

describe('what a replica keeps', () => {
  it('is not what has changed while it was read', async () => {
    const random = new Random(7);
    for (let i = 0; i < 300; i += 1) {
      await cache.set('k', i, { ...TTL, tags: ['t'] });
      // Two round trips, as its tags are not known to the caller; the change falls somewhere into them.
      if (i % 3 === 0) await redis.client.del(`${HEAD}{t}:tag`);
      const reading = other.get('k');
      for (let turn = random.integer(0, 4); turn > 0; turn -= 1) await nextTurn();
      await redis.client.del(`${HEAD}{k}:entry`);
      await reading;
      await becomes('k', undefined);
    }
  });

  it('makes the stamps that it knows last as long as what is stored with them', async () => {
    await other.getOrSet('short', fixed(1), { ttlMs: 5000, tags: ['t'] });
    await warm('short');
    await other.getOrSet('long', fixed(1), { ttlMs: 3_600_000, tags: ['t'] });
    expect(await redis.client.pttl(`${HEAD}{t}:tag`)).toBeGreaterThan(3_600_000);
    await warm('short');
  });

  it('is void when it is not known which of it was invalidated', async () => {
    await cache.set('many:1', 'old', TTL);
    await warm('many:1');
    await redis.client.acl('SETUSER', 'default', '-scan');
    await other.invalidate({ prefix: 'many:' });
    expect(await other.getOrSet('many:1', fixed('new'), TTL)).toBe('new');
    await redis.client.acl('SETUSER', 'default', '+scan');
    await becomes('many:1', undefined);
  });

  it('is loaded anew early by one of its readers', async () => {
    await cache.set('k', 1, TTL);
    const { load, begun, open, calls } = gate<number>();
    // Such a beta, and a load that took a while: the dice of every reader say yes.
    const options = { ...TTL, beta: 1e12 };
    await cache.delete('k');
    await cache.getOrSet('k', fixed(1), options);
    await warm('k');
    const before = reads;
    for (let i = 0; i < 100; i += 1) {
      expect(await other.getOrSet('k', load, options)).toBe(1);
      await nextTurn();
    }
    await begun();
    // The lease changes the entry, which is then read anew, and once again if that was on its way.
    expect(reads - before).toBeLessThan(10);
    expect(calls()).toBe(1);
    open(2);
    await becomes('k', 2);
  });
});

describe('while changes cannot be told', () => {
  it('who waits for a load elsewhere is woken, and looks by itself', async () => {
    // It knows at first that it is told.
    await cache.set('told', 1, TTL);
    await warm('told');
    const { load, begun, open } = gate<string>();
    const elsewhere = cache.getOrSet('k', load, { ...TTL, hardTimeoutMs: 86_400_000 });
    await begun();
    const waiting = other.getOrSet('k', fixed('not loaded'), TTL);
    await other.peek('k');
    await redis.client.acl('SETUSER', 'default', '-client|tracking');
    const clients = String(await redis.client.client('LIST')).split('\n');
    const tracking = clients.filter((line) => / name=holdfast:tracking:/.test(line));
    for (const line of tracking) await redis.client.client('KILL', 'ID', Number(/^id=(\d+)/.exec(line)?.[1]));
    open('loaded');
    expect([await elsewhere, await waiting]).toEqual(['loaded', 'loaded']);
    // Nothing is kept here, and all is well.
    await cache.set('k', 'new', TTL);
    expect(await other.get('k')).toBe('new');
    await redis.client.acl('SETUSER', 'default', '+client|tracking');
    await warm('k');
  });
});
