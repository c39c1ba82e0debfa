import path from 'node:path';
import { ActivityService } from '../../src/leaderboard/index.js';
import { activityWith, daysAfter, daysAgo, numbersOf, oddId } from '../support/activity.js';
import { TestApp } from '../support/app.js';
import { type NodeChild, spawnNode } from '../support/child.js';
import type { MarkOrder, MarkReport } from '../support/fixtures/marker.js';
import { Random } from '../support/random.js';
import { TestRedis } from '../support/redis-server.js';
import { shiftedClock } from '../support/shifted-clock.js';

const SCRIPT = path.join(__dirname, '..', 'support', 'fixtures', 'marker.ts');
const DAY_MS = 86_400_000;
/** In ms, by the place of the process: one is a day ahead of Redis, and one half a year behind. */
const CLOCK_SHIFTS = [0, 0, DAY_MS, -180 * DAY_MS];

let redis: TestRedis;
let activity: ActivityService;
let children: NodeChild[];

beforeAll(async () => {
  redis = await TestRedis.start();
  const env = { REDIS_URL: redis.url, REDIS_COMMAND_TIMEOUT_MS: '20000', LOG_LEVEL: 'silent' };
  children = CLOCK_SHIFTS.map((ms) => spawnNode(SCRIPT, { env, execArgv: ms === 0 ? [] : shiftedClock(ms) }));
  const app = await TestApp.start({ REDIS_URL: redis.url }, activityWith());
  activity = app.get(ActivityService);
  await Promise.all(children.map((child) => child.waitForLine(/^ready$/, { timeoutMs: 60_000 })));
});

async function order(child: NodeChild, what: MarkOrder): Promise<MarkReport> {
  const after = child.lines.length;
  child.writeLine(JSON.stringify(what));
  const [line] = await child.waitForLine(/^\{.*\}$/, { after, stream: 'stdout', timeoutMs: 60_000 });
  return JSON.parse(line) as MarkReport;
}

/** The days on which the test may run. */
async function during<T>(work: () => Promise<T>): Promise<{ result: T; from: string; to: string }> {
  const from = daysAgo(0);
  const result = await work();
  return { result, from, to: daysAgo(0) };
}

describe('processes that mark the same new ids at once', () => {
  it('agree on one number for each: none is lost, and none is counted twice', async () => {
    const random = new Random(7);
    const ids = Array.from({ length: 3000 }, (_, n) => `${oddId(random)}${n}`);
    const shuffled = () => {
      const order = ids.map((id) => [random.next(), id] as const).sort(([a], [b]) => a - b);
      return Array.from({ length: 60 }, (_, call) =>
        order.slice(call * 50, call * 50 + 50).map(([, id]) => id),
      );
    };
    const { result, from, to } = await during(() =>
      Promise.all(children.map((child) => order(child, { activity: 'race', calls: shuffled() }))),
    );
    const days = new Set(result.flatMap(({ marked }) => marked.map(({ day }) => day)));
    for (const day of days) expect([from, to]).toContain(day);
    const month = await activity.activeUsers('race', { from: to, to, granularity: 'month' });
    expect(month).toEqual([{ period: to.slice(0, 7), count: ids.length }]);
    const [{ period, count }] = await activity.activeUsers('race', { from: to, to });
    expect(period).toBe(to);
    if (from === to) expect(count).toBe(ids.length);

    const numbers = await numbersOf(redis.client, 'race');
    expect(numbers.reduce((sum, { entries }) => sum + entries.length, 0)).toBe(ids.length);
    for (const { given, entries } of numbers) {
      const sorted = entries.map(({ number }) => number).sort((a, b) => a - b);
      expect(sorted).toEqual(Array.from({ length: given }, (_, number) => number));
    }
  });
});

describe('a process whose clock is wrong', () => {
  it.each([2, 3])('marks the day that it is by Redis (process %i)', async (place) => {
    const { result, from, to } = await during(() =>
      order(children[place], { activity: `clock ${place}`, calls: [['ada'], ['bob', 'eve']] }),
    );
    expect(result.marked.map(({ marked }) => marked)).toEqual([1, 2]);
    for (const { day } of result.marked) expect([from, to]).toContain(day);
    const range = { from: daysAfter(from, -190), to: daysAfter(to, 5) };
    const counts = await activity.activeUsers(`clock ${place}`, range);
    const marked = counts.filter(({ count }) => count > 0);
    expect(marked.reduce((sum, { count }) => sum + count, 0)).toBe(3);
    for (const { period } of marked) expect([from, to]).toContain(period);
  });
});
