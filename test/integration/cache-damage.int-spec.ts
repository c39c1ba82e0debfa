import { CacheService } from '../../src/cache/index.js';
import type { TestApp } from '../support/app.js';
import { parsePrometheus } from '../support/prometheus.js';
import { Random } from '../support/random.js';
import { cacheReplicas } from '../support/cache-replicas.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

const TTL = { ttlMs: 60_000, tags: ['one', 'two'] };
const HEAD = 'holdfast:default:cache:';
const ENTRY = `${HEAD}{k}:entry`;
/** Behind the times and the lease: what this process writes, and Redis does not look at. */
const BODY_AT = 43;

let redis: TestRedis;
let cache: CacheService;
let other: CacheService;
let app: TestApp;

beforeAll(async () => {
  redis = await TestRedis.start();
  const settings = { CACHE_LOCAL_ENTRIES: '0', CACHE_COMPRESS_BYTES: '200' };
  const [one, two] = await cacheReplicas(redis, settings, { CACHE_LOCAL_ENTRIES: '1000' });
  app = one;
  [cache, other] = [one.get(CacheService), two.get(CacheService)];
});

beforeEach(() => redis.client.flushall());

const fixed =
  <T>(value: T) =>
  () =>
    Promise.resolve(value);

async function unreadable(): Promise<number> {
  const samples = parsePrometheus((await app.request('GET', '/metrics')).text);
  return samples.find(({ name }) => name === 'holdfast_cache_unreadable_total')?.value ?? 0;
}

describe('a frame that is damaged', () => {
  it.each([
    ['a form that is not known', 4, 99],
    ['a text that is none', 7, 0],
  ])('is counted: %s', async (_name, behind, byte) => {
    await cache.set('k', { text: 'value' }, { ttlMs: 60_000 });
    await redis.client.setrange(ENTRY, BODY_AT + behind, Buffer.from([byte]));
    const before = await unreadable();
    expect(await cache.getOrSet('k', fixed('loaded'), { ttlMs: 60_000 })).toBe('loaded');
    expect(await unreadable()).toBe(before + 1);
  });

  it.each([
    ['plain', { text: 'value' }],
    ['rich', { at: new Date(1), map: new Map([[1, 2n]]) }],
    ['compressed', { text: 'the same again '.repeat(50) }],
  ])('is as good as none, whichever of its bytes is another: %s', async (_name, value) => {
    const random = new Random(1);
    await cache.set('k', value, TTL);
    const whole = await redis.client.getBuffer(ENTRY);
    if (!whole) throw new Error('it was stored');
    for (let at = BODY_AT; at < whole.length; at += 1) {
      const damaged = Buffer.from(whole);
      damaged[at] ^= random.integer(1, 255);
      await redis.client.set(ENTRY, damaged, 'PX', 60_000);
      // What is loaded, or what the bytes happen to say; but an answer in any case, and a sound entry afterwards.
      const asked = at % 2 === 0 ? TTL : { ...TTL, tags: [] };
      expect(await cache.getOrSet('k', fixed('loaded'), asked)).toBeDefined();
      expect(await cache.get('k', asked)).toBeDefined();
      expect((await cache.peek('k'))?.state).toBe('fresh');
    }
  });

  it('is loaded anew when its end is missing', async () => {
    await cache.set('k', { text: 'value' }, TTL);
    const whole = await redis.client.getBuffer(ENTRY);
    for (let length = 0; length < (whole?.length ?? 0); length += 1) {
      await redis.client.set(ENTRY, whole?.subarray(0, length) ?? '', 'PX', 60_000);
      expect(await cache.getOrSet('k', fixed('loaded'), TTL)).toBe('loaded');
      expect(await cache.getOrSet('k', fixed('not again'), TTL)).toBe('loaded');
    }
  });
});

describe('a key that only looks like one of the cache’s', () => {
  it('harms nobody who hears of it or finds it', async () => {
    const odd = [
      '{%zz}:entry',
      '{%}:tag',
      '{}:entry',
      '{k:entry',
      '{k}:',
      '{k}:toString',
      '}:{',
      '{%ff}:entry',
    ];
    for (const key of odd) await redis.client.set(`${HEAD}${key}`, 'x', 'PX', 60_000);
    await other.set('kept', 1, { ttlMs: 60_000 });
    await other.invalidate({ prefix: 'k' });
    expect(await other.get('kept')).toBeUndefined();
    for (const key of odd) await redis.client.del(`${HEAD}${key}`);
    await cache.set('k', 'old', { ttlMs: 60_000 });
    expect(await other.get('k')).toBe('old');
    await cache.set('k', 'new', { ttlMs: 60_000 });
    await waitFor(async () => (await other.get('k')) === 'new', { what: 'changes still to be told' });
  });
});
