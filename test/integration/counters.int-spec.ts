import { CountersService } from '../../src/leaderboard/index.js';
import { TestApp } from '../support/app.js';
import { countersWith, ODD_NAMES } from '../support/counters.js';
import { codeOf } from '../support/locks.js';
import { TestRedis } from '../support/redis-server.js';

const MAX = 2n ** 63n - 1n;

let redis: TestRedis;
let a: CountersService;
let b: CountersService;

beforeAll(async () => {
  redis = await TestRedis.start();
  const start = () => TestApp.start({ REDIS_URL: redis.url }, countersWith());
  a = (await start()).get(CountersService);
  b = (await start()).get(CountersService);
});

beforeEach(() => redis.client.flushall());

describe('a counter', () => {
  it('is 0 at first, tells each increment its own value, and is 0 again once it is deleted', async () => {
    expect(await a.value('n')).toBe(0n);
    expect(await a.increment('n')).toBe(1n);
    expect(await b.increment('n', { by: 41 })).toBe(42n);
    expect(await a.increment('n', { by: -2n })).toBe(40n);
    expect(await b.value('n')).toBe(40n);
    await a.delete('n');
    expect(await b.value('n')).toBe(0n);
    expect(await b.increment('n')).toBe(1n);
  });

  it('tells all that come at once the values that they would have had one after the other', async () => {
    const steps = [3n, 1n, -2n, -7n, 5n, 5n, MAX / 2n, -1n];
    const values = await Promise.all(steps.map((by) => a.increment('n', { by })));
    let sum = 0n;
    expect(values).toEqual(steps.map((by) => (sum += by)));
    expect(await a.value('n')).toBe(sum);
  });

  it('is exact in all 64 bits', async () => {
    const odd = 2n ** 53n + 1n;
    for (const [end, step] of [
      [MAX, 1n],
      [-MAX - 1n, -1n],
    ]) {
      expect(await a.increment('n', { by: end - step })).toBe(end - step);
      expect(await a.increment('n', { by: step })).toBe(end);
      expect(await a.value('n')).toBe(end);
      expect(await b.increment('n', { by: -step * odd })).toBe(end - step * odd);
      await a.delete('n');
    }
  });

  it('leaves 64 bits for nobody, and changes nothing for who would', async () => {
    await a.increment('n', { by: MAX - 2n });
    const codes = await Promise.all([1n, 1n, 1n, -1n, 1n, 1n].map((by) => codeOf(a.increment('n', { by }))));
    expect(codes).toEqual(['none', 'none', 'COUNTER_OUT_OF_RANGE', 'none', 'none', 'COUNTER_OUT_OF_RANGE']);
    expect(await a.value('n')).toBe(MAX);
    // Their sum would leave it as it is, and the first of them would not.
    const pair = await Promise.all([1n, -1n].map((by) => codeOf(a.increment('n', { by }))));
    expect(pair).toEqual(['COUNTER_OUT_OF_RANGE', 'none']);
    await a.increment('n');
    // What only together is more than 64 bits is no fault of any.
    const halves = await Promise.all([-MAX, -1n, -MAX].map((by) => codeOf(a.increment('n', { by }))));
    expect(halves).toEqual(['none', 'none', 'none']);
    expect(await a.value('n')).toBe(-MAX - 1n);
  });

  it.each(ODD_NAMES)('may have any name: %j', async (name) => {
    expect(await a.increment(name)).toBe(1n);
    expect(await b.increment(name, { windows: true })).toBe(2n);
    const [{ count }] = (await a.windowed(name, { granularity: 'day', count: 1 })).windows;
    expect(count).toBe(1n);
    await a.delete(name);
    expect(await redis.client.keys('*:counter')).toEqual([]);
  });

  it('has a key of its own for each of these names', async () => {
    await Promise.all(ODD_NAMES.map((name, index) => a.increment(name, { by: index + 1 })));
    const values = await Promise.all(ODD_NAMES.map((name) => b.value(name)));
    expect(values).toEqual(ODD_NAMES.map((_, index) => BigInt(index + 1)));
  });

  it('is not asked for by what is no name, and not changed by what is no integer', async () => {
    for (const name of ['', 'x'.repeat(257), '\ud800']) {
      expect(await codeOf(a.increment(name))).toBe('VALIDATION_FAILED');
      expect(await codeOf(a.value(name))).toBe('VALIDATION_FAILED');
      expect(await codeOf(a.delete(name))).toBe('VALIDATION_FAILED');
      expect(() => a.count(name)).toThrow(/name/);
    }
    for (const by of [
      0,
      0n,
      -0,
      0.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      2 ** 53,
      MAX + 1n,
      '1' as unknown as number,
    ]) {
      expect(await codeOf(a.increment('n', { by }))).toBe('VALIDATION_FAILED');
      expect(() => a.count('n', by)).toThrow(/by/);
    }
    expect(await codeOf(a.increment('n', { requestId: '' }))).toBe('VALIDATION_FAILED');
    expect(await codeOf(a.incrementSharded('n', { shards: 1 }))).toBe('VALIDATION_FAILED');
    expect(await codeOf(a.incrementSharded('x'.repeat(255), { shards: 10 }))).toBe('VALIDATION_FAILED');
    expect(await redis.keys()).toEqual([]);
  });

  it('stays, unless it was given an end that each increment moves', async () => {
    await a.increment('n');
    expect(await redis.client.pttl('holdfast:default:counters:{n}:counter')).toBe(-1);
    const COUNTER_IDLE_TTL_MS = '100000';
    const short = await TestApp.start({ REDIS_URL: redis.url, COUNTER_IDLE_TTL_MS }, countersWith());
    await short.get(CountersService).increment('n', { windows: true });
    for (const part of ['counter', 'counter-options']) {
      expect(await redis.client.pttl(`holdfast:default:counters:{n}:${part}`)).toBeGreaterThan(90_000);
    }
    await a.increment('n');
    for (const part of ['counter', 'counter-options']) {
      expect(await redis.client.pttl(`holdfast:default:counters:{n}:${part}`)).toBe(-1);
    }
    await short.stop();
  });
});

describe('a request with an id', () => {
  it('counts once, at whatever replica and however often, and tells the same value', async () => {
    await a.increment('n', { by: 5 });
    const again = Array.from({ length: 20 }, (_, n) =>
      (n % 2 === 0 ? a : b).increment('n', { requestId: 'r1' }),
    );
    expect(new Set(await Promise.all(again))).toEqual(new Set([6n]));
    expect(await a.increment('n', { requestId: 'r2' })).toBe(7n);
    expect(await b.increment('n', { requestId: 'r1' })).toBe(6n);
    expect(await a.value('n')).toBe(7n);
    expect(await b.increment('other', { requestId: 'r1' })).toBe(1n);
    const ttl = await redis.client.pttl('holdfast:default:counters:{n}:counter-request:r1');
    expect(ttl).toBeGreaterThan(86_000_000);
  });
});

describe('a counter with shards', () => {
  const counterKeys = async () =>
    (await redis.client.keys('*')).filter((key) => /:(?:counter|shard)$/.test(key));

  it('is the sum of them, whatever each replica believes of their number', async () => {
    await a.increment('n', { by: 100 });
    const some = (who: CountersService, shards: number) =>
      Array.from({ length: 40 }, async () => {
        for (let n = 0; n < 5; n += 1) await who.incrementSharded('n', { shards });
      });
    await Promise.all([...some(a, 4), ...some(b, 8)]);
    expect(await a.value('n')).toBe(500n);
    expect(await b.value('n')).toBe(500n);
    expect(await b.increment('n')).toBe(501n);
    expect(await a.increment('n', { requestId: 'r' })).toBe(502n);
    expect((await counterKeys()).length).toBeGreaterThan(2);
    await a.delete('n');
    expect(await counterKeys()).toEqual([]);
    expect(await b.value('n')).toBe(0n);
  });

  it('keeps windows in all of its shards once one caller has asked for them', async () => {
    await a.increment('n', { windows: true });
    for (let n = 0; n < 10; n += 1) await b.incrementSharded('n', { shards: 3, by: 2 });
    const { value, windows } = await a.windowed('n', { granularity: 'day' });
    expect(value).toBe(21n);
    expect(windows.reduce((sum, { count }) => sum + count, 0n)).toBe(21n);
  });
});
