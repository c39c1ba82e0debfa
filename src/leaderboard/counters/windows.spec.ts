import { TestRedis } from '../../../test/support/redis-server.js';
import { Random } from '../../../test/support/random.js';
import { addToCounter, readCounter } from './counters.scripts.js';
import { type CounterWindow, GRANULARITIES, type CounterGranularity, windowsOf } from './windows.js';

const MINUTES: Readonly<Record<CounterGranularity, number>> = { minute: 1, hour: 60, day: 1440 };
const KEPT: Readonly<Record<CounterGranularity, number>> = { minute: 120, hour: 168, day: 400 };
const KEYS = ['{w}:value', '{w}:options', '{w}:windows', '{w}:mark'];
const MINUTE_MS = 60_000;

/** Some day, so far in the future that nothing ends while the test runs. */
const BEGINNING = Date.UTC(2036, 1, 28, 22, 30) / MINUTE_MS;

/** A counter by a clock of the test's own: what the scripts know as TIME. */
class ClockedCounter {
  private number = 0;

  constructor(private readonly redis: TestRedis) {}

  async add(minute: number, by: bigint): Promise<void> {
    const args = [by, (this.number += 1), 60_000, 0, 1, 1].map(String);
    await this.redis.client.eval(at(minute, addToCounter.lua), KEYS.length, ...KEYS, ...args);
  }

  async read(
    minute: number,
    granularity: CounterGranularity,
    count?: number,
    from?: number,
  ): Promise<CounterWindow[]> {
    const raw = await this.redis.client.callBuffer(
      'EVAL',
      at(minute, readCounter.lua),
      3,
      ...KEYS.slice(0, 3),
      1,
    );
    return windowsOf([readCounter.reply(raw)], { granularity, count, from });
  }
}

function at(minute: number, lua: string): string {
  return `local server, redis = redis, {}
redis.pcall = server.pcall
function redis.call(name, ...)
  if name == 'TIME' then return { '${minute * 60 + 59}', '999999' } end
  return server.call(name, ...)
end
${lua}`;
}

describe('the windows of a counter', () => {
  let redis: TestRedis;
  let counter: ClockedCounter;

  beforeAll(async () => {
    redis = await TestRedis.start();
  });

  beforeEach(async () => {
    await redis.client.flushall();
    counter = new ClockedCounter(redis);
  });

  it('are what was added in each minute, hour and day of UTC, as long as they are kept', async () => {
    const random = new Random(35);
    const hour = [0, 0, 1, 1, 2, 7, 59, 60, 61, 119, 120, 121];
    const long = [1440, 167 * 60, 168 * 60, 169 * 60, 399 * 1440, 400 * 1440, 401 * 1440];
    const added = new Map<string, bigint>();
    let minute = BEGINNING;
    for (let step = 0; step < 1500; step += 1) {
      minute += random.pick(random.chance(0.03) ? long : hour);
      const by = BigInt(random.integer(-50, 150));
      await counter.add(minute, by);
      for (const granularity of GRANULARITIES) {
        const key = `${granularity} ${Math.floor(minute / MINUTES[granularity])}`;
        added.set(key, (added.get(key) ?? 0n) + by);
      }
      const granularity = GRANULARITIES[step % 3];
      const length = MINUTES[granularity];
      const now = minute + (random.chance(0.2) ? random.integer(0, 3 * length) : 0);
      const first = Math.floor(now / length) - KEPT[granularity] + 1;
      const expected = Array.from({ length: KEPT[granularity] }, (_, index) => ({
        startsAt: (first + index) * length * MINUTE_MS,
        count: added.get(`${granularity} ${first + index}`) ?? 0n,
      }));
      expect(await counter.read(now, granularity, 400)).toEqual(expected);
    }
  }, 120_000);

  it('are the last ones, or those from an instant on, and none that is not kept or has not begun', async () => {
    for (let n = 0; n < 5; n += 1) await counter.add(BEGINNING + n, BigInt(n + 1));
    const now = BEGINNING + 4;
    const starts = (windows: readonly CounterWindow[]) =>
      windows.map(({ startsAt }) => startsAt / MINUTE_MS - BEGINNING);
    expect(starts(await counter.read(now, 'minute', 3))).toEqual([2, 3, 4]);
    expect(starts(await counter.read(now, 'minute', 2, (BEGINNING + 1) * MINUTE_MS + 59_999))).toEqual([
      1, 2,
    ]);
    expect(starts(await counter.read(now, 'minute', 9, (BEGINNING + 3) * MINUTE_MS))).toEqual([3, 4]);
    expect(await counter.read(now, 'minute', 9, (BEGINNING + 5) * MINUTE_MS)).toEqual([]);
    expect(starts(await counter.read(now, 'minute', 200, (BEGINNING - 130) * MINUTE_MS))).toHaveLength(120);
    for (const [granularity, shown] of [
      ['minute', 60],
      ['hour', 24],
      ['day', 30],
    ] as const) {
      expect(await counter.read(now, granularity)).toHaveLength(shown);
    }
  });

  it('are the last ones where a clock was set back, until it is there again', async () => {
    await counter.add(BEGINNING, 1n);
    await counter.add(BEGINNING - 90, 2n);
    expect(await counter.read(BEGINNING, 'minute', 2)).toEqual([
      { startsAt: (BEGINNING - 1) * MINUTE_MS, count: 0n },
      { startsAt: BEGINNING * MINUTE_MS, count: 3n },
    ]);
    const [{ count }] = await counter.read(BEGINNING - 90, 'minute', 1);
    expect(count).toBe(0n);
  });

  it('are exact in 64 bits, and take no more than 6 kB', async () => {
    await counter.add(BEGINNING, 2n ** 63n - 1n);
    await counter.add(BEGINNING, -2n);
    expect((await counter.read(BEGINNING, 'day', 1))[0].count).toBe(2n ** 63n - 3n);
    expect(await redis.client.strlen(KEYS[2])).toBe(5512);
    expect(await redis.client.memory('USAGE', KEYS[2])).toBeLessThan(6300);
    expect(await redis.client.ttl(KEYS[2])).toBeGreaterThan(399 * 86_400);
  });
});
