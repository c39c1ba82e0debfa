import { ActivityService } from '../../src/leaderboard/index.js';
import { activityWith, daysAgo, numbersOf } from '../support/activity.js';
import { TestApp } from '../support/app.js';
import { TestRedis } from '../support/redis-server.js';

const DAY_MS = 86_400_000;
const RETENTION_DAYS = 90;
const PARTITIONS = Array.from({ length: 16 }, (_, partition) => partition);
const CHUNK_BYTES = 65_536;
const OLD = 4000;
const NEW = 2000;

let redis: TestRedis;
let activity: ActivityService;

beforeAll(async () => {
  redis = await TestRedis.start();
  const app = await TestApp.start(
    { REDIS_URL: redis.url, ACTIVITY_RETENTION_DAYS: String(RETENTION_DAYS) },
    activityWith(),
  );
  activity = app.get(ActivityService);
});

const users = (count: number, from = 0) => Array.from({ length: count }, (_, n) => `user-${from + n}`);
const tag = (name: string, partition: number) => `holdfast:default:activity:{${name}#${partition}}`;

async function mark(name: string, ids: readonly string[], at?: Date): Promise<void> {
  for (let first = 0; first < ids.length; first += 1000) {
    await activity.mark(name, ids.slice(first, first + 1000), { at });
  }
}

/** As if nobody had come for so long that all that was marked is gone; the numbers are there still. */
async function letAllExpire(name: string): Promise<void> {
  for (const pattern of [`*{${name}#*}:20*`, `*{${name}#*}:counts:*`]) {
    await redis.client.del(await redis.client.keys(pattern));
  }
  const now = new Date();
  const thisMonth = (now.getUTCFullYear() - 1970) * 12 + now.getUTCMonth();
  const rewrites = redis.client.pipeline();
  for (const bucket of await redis.client.keys(`*{${name}#*}:ids:*`)) {
    const entries = (await redis.client.callBuffer('HGETALL', bucket)) as Buffer[];
    for (let at = 0; at < entries.length; at += 2) {
      expect(Number(entries[at + 1]) % 4096).toBeGreaterThan(thisMonth);
      const number = Math.floor(Number(entries[at + 1]) / 4096);
      rewrites.call('HSET', bucket, entries[at], number * 4096 + thisMonth);
    }
  }
  await rewrites.exec();
}

async function today(name: string): Promise<number> {
  const [{ count }] = await activity.activeUsers(name, {
    from: daysAgo(0),
    to: daysAgo(0),
    granularity: 'month',
  });
  return count;
}

describe('what activity keeps', () => {
  it('expires, all of it, when no day of its month is kept any more', async () => {
    await mark('ttl-now', users(300));
    await activity.mark('ttl-log', users(300), { mode: 'approximate' });
    await mark('ttl-past', users(300), new Date(Date.now() - RETENTION_DAYS * DAY_MS));
    for (const name of ['ttl-now', 'ttl-past'])
      await activity.retention(name, { cohort: daysAgo(0), days: 3 });
    const keys = await redis.client.keys('*{ttl*');
    expect(keys.length).toBeGreaterThan(16 * 2 * 6);
    for (const key of keys) {
      const days = (await redis.client.pttl(key)) / DAY_MS;
      const least = key.includes('{ttl-past') ? 0 : RETENTION_DAYS;
      const isRight = days > least && days < RETENTION_DAYS + 75;
      expect(`${key} for ${days} days: ${isRight}`).toBe(`${key} for ${days} days: true`);
    }
  });

  it('is cut so that no bitmap is longer than 64 kB, with numbers beyond the first of them', async () => {
    await mark('many', users(500));
    // As if each partition had all but a few of its first chunk.
    for (const partition of PARTITIONS) {
      await redis.client.set(`${tag('many', partition)}:numbers`, CHUNK_BYTES * 8 - 5, 'KEEPTTL');
    }
    await mark('many', users(2000, 250));
    await mark('many', users(2000, 250));
    expect(await today('many')).toBe(2250);
    const bitmaps = await redis.client.keys('*{many*:20*:[01]');
    const lengths = await Promise.all(bitmaps.map((key) => redis.client.strlen(key)));
    expect(Math.max(...lengths)).toBe(CHUNK_BYTES);
    expect(bitmaps.filter((key) => key.endsWith(':1'))).toHaveLength(16 * 3);
    const retention = await activity.retention('many', { cohort: daysAgo(0), days: 1 });
    expect(retention.items[0].count).toBe(retention.size);
    const [{ count }] = await activity.activeUsers('many', { from: daysAgo(0), to: daysAgo(0) });
    expect(retention.size).toBe(count);
  });

  it('has no number for whom nothing is left of: a new user takes it', async () => {
    await mark('churn', users(OLD));
    const before = await numbersOf(redis.client, 'churn');
    await letAllExpire('churn');
    // One of them comes back before another has the number.
    await mark('churn', users(1, 7));
    for (let first = 0; first < NEW; first += 50) await mark('churn', users(50, 100_000 + first));
    expect(await today('churn')).toBe(NEW + 1);
    const after = await numbersOf(redis.client, 'churn');
    const given = (all: typeof after) => all.reduce((sum, each) => sum + each.given, 0);
    expect(given(before)).toBe(OLD);
    // One of 16 of the 65,536 buckets has one of 4000.
    expect(given(after)).toBeLessThan(OLD + NEW - 50);
    expect(given(after)).toBeGreaterThan(OLD);
    for (const { entries } of after) {
      const numbers = entries.map(({ number }) => number);
      expect(new Set(numbers).size).toBe(numbers.length);
    }
  });

  it('is no id of a user', async () => {
    await mark('private', ['ada@example.com']);
    const dump = async (key: string) => (await redis.client.dumpBuffer(key)).toString('latin1');
    const dumps = await Promise.all((await redis.client.keys('*{private*')).map(dump));
    expect(dumps.join('\n')).not.toContain('ada');
  });
});
