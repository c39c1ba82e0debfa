import { ValidationFailedError } from '../../src/errors/index.js';
import { ActivityService } from '../../src/leaderboard/index.js';
import { ActivityModel, activityWith, daysAfter, daysAgo, oddId } from '../support/activity.js';
import { TestApp } from '../support/app.js';
import { Random } from '../support/random.js';
import { TestRedis } from '../support/redis-server.js';

const RANGE_DAYS = 75;
const GRANULARITIES = ['day', 'week', 'month'] as const;

let redis: TestRedis;
let here: ActivityService;
let there: ActivityService;

beforeAll(async () => {
  redis = await TestRedis.start();
  const start = () =>
    TestApp.start({ REDIS_URL: redis.url, REDIS_COMMAND_TIMEOUT_MS: '30000' }, activityWith());
  const [first, second] = await Promise.all([start(), start()]);
  here = first.get(ActivityService);
  there = second.get(ActivityService);
});

/** The first instant of a day, which is over whatever the time is now. */
const midnight = (day: string) => new Date(`${day}T00:00:00Z`);

describe('active users', () => {
  it.each([1, 2, 3])('are those of a plain model, for generated marks (seed %i)', async (seed) => {
    const random = new Random(seed);
    const activity = `model {${seed}}:`;
    const model = new ActivityModel();
    const users = Array.from({ length: 400 }, (_, n) => `${oddId(random)}${random.chance(0.5) ? n : ''}`);
    const markSome = async () => {
      const day = daysAgo(random.integer(0, RANGE_DAYS));
      const ids = Array.from({ length: random.integer(1, 60) }, () => random.pick(users));
      model.mark(day, ids);
      const service = random.pick([here, there]);
      expect(await service.mark(activity, ids, { at: midnight(day) })).toEqual({
        marked: new Set(ids).size,
        day,
      });
    };
    for (let wave = 0; wave < 15; wave += 1) await Promise.all(Array.from({ length: 20 }, markSome));
    for (const granularity of GRANULARITIES) {
      const range = { from: daysAgo(RANGE_DAYS + 10), to: daysAgo(-3), granularity };
      expect(await here.activeUsers(activity, range)).toEqual(
        model.activeUsers(range.from, range.to, granularity),
      );
    }
    for (let turn = 0; turn < 10; turn += 1) {
      const cohort = daysAgo(random.integer(0, RANGE_DAYS));
      const days = random.pick([0, 1, 7, 31, 32, 64]);
      expect(await there.retention(activity, { cohort, days })).toEqual(model.retention(cohort, days));
    }
  });

  it('are marked now on the day that it is by Redis', async () => {
    const { day } = await here.mark('now', ['ada', 'bob', 'ada']);
    const [seconds] = await redis.client.time();
    expect([day, daysAfter(day, 1)]).toContain(new Date(Number(seconds) * 1000).toISOString().slice(0, 10));
    expect(await here.activeUsers('now', { from: day, to: day })).toEqual([{ period: day, count: 2 }]);
  });

  it('of an activity that is unknown are none', async () => {
    const range = { from: '2026-02-27', to: '2026-03-01' };
    expect(await here.activeUsers('unknown', range)).toEqual([
      { period: '2026-02-27', count: 0 },
      { period: '2026-02-28', count: 0 },
      { period: '2026-03-01', count: 0 },
    ]);
    expect(await here.retention('unknown', { cohort: '2026-02-27', days: 1 })).toEqual({
      cohort: '2026-02-27',
      size: 0,
      items: [
        { day: 0, count: 0 },
        { day: 1, count: 0 },
      ],
    });
    expect(await redis.client.keys('*{unknown*')).toEqual([]);
  });

  it('are told apart by activity, also where names resemble each other', async () => {
    const names = ['a', 'a#1', 'a%231', '{a}', 'A', 'a:', 'é'.repeat(128)];
    for (const [n, name] of names.entries())
      await here.mark(
        name,
        Array.from({ length: n + 1 }, (_, id) => `${id}`),
      );
    const day = daysAgo(0);
    for (const [n, name] of names.entries()) {
      const counted = await here.activeUsers(name, { from: daysAgo(1), to: day, granularity: 'month' });
      expect(counted.at(-1)?.count).toBe(n + 1);
    }
  });

  it.each([
    ['to come', () => new Date(Date.now() + 3_600_000)],
    ['of tomorrow', () => midnight(daysAgo(-1))],
    ['longer ago than days are kept', () => midnight(daysAgo(402))],
    ['not valid', () => new Date(NaN)],
  ])('are not marked at an instant that is %s', async (what, at) => {
    const marked = here.mark(`refused ${what}`, 'ada', { at: at() });
    await expect(marked).rejects.toThrow(ValidationFailedError);
    expect(await redis.client.keys('*refused*')).toEqual([]);
  });
});
