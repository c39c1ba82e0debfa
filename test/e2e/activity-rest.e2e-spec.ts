import { activityWith, daysAfter, daysAgo, oddId } from '../support/activity.js';
import { TestApp } from '../support/app.js';
import type { TestAnswer } from '../support/http.js';
import { Random } from '../support/random.js';
import { TestRedis } from '../support/redis-server.js';

let redis: TestRedis;
let app: TestApp;

beforeAll(async () => {
  redis = await TestRedis.start();
  app = await TestApp.start({ REDIS_URL: redis.url }, activityWith());
});

const path = (activity: string, rest: string) => `/v1/activities/${encodeURIComponent(activity)}/${rest}`;
const mark = (activity: string, body: unknown) => app.request('POST', path(activity, 'marks'), { body });
const get = (activity: string, what: string, query: Record<string, string>) =>
  app.request('GET', path(activity, `${what}?${new URLSearchParams(query).toString()}`));
const activeUsers = (activity: string, query: Record<string, string>) => get(activity, 'active-users', query);
const retention = (activity: string, query: Record<string, string>) => get(activity, 'retention', query);

function expectRefused({ status, headers, body }: TestAnswer, ...paths: string[]): void {
  expect({ status, code: body.code, paths: body.errors?.map((each: { path: string }) => each.path) }).toEqual(
    {
      status: 400,
      code: 'VALIDATION_FAILED',
      paths,
    },
  );
  expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
}

describe('an activity', () => {
  it('counts and compares those who were marked', async () => {
    const [cohort, next] = [daysAgo(20), daysAgo(19)];
    const marks = [
      await mark('app', { userIds: ['ada', 'bob', 'eve', 'ada'], at: cohort }),
      await mark('app', { userId: 'ada', at: `${next}T23:59:59.999Z` }),
      await mark('app', { userId: 'bob', at: `${next}T00:30:00+01:00` }),
      await mark('app', { userId: 'zoe', at: next }),
    ];
    expect(marks.map(({ status, body }) => [status, body])).toEqual([
      [200, { marked: 3 }],
      [200, { marked: 1 }],
      [200, { marked: 1 }],
      [200, { marked: 1 }],
    ]);
    const days = await activeUsers('app', { from: cohort, to: daysAfter(cohort, 2) });
    expect(days.headers.get('cache-control')).toBe('no-store');
    expect(days.body).toEqual({
      items: [
        { period: cohort, count: 3 },
        { period: next, count: 2 },
        { period: daysAfter(cohort, 2), count: 0 },
      ],
    });
    expect((await retention('app', { cohort, days: '2' })).body).toEqual({
      cohort,
      size: 3,
      items: [
        { day: 0, count: 3 },
        { day: 1, count: 1 },
        { day: 2, count: 0 },
      ],
    });
    expect((await retention('app', { cohort })).body.items).toHaveLength(8);
  });

  it('names its periods, weeks after ISO 8601', async () => {
    const periods = async (granularity: string) => {
      const range = { from: '2026-12-27', to: '2027-01-04', granularity };
      return (await activeUsers('names', range)).body.items.map((each: { period: string }) => each.period);
    };
    expect(await periods('day')).toHaveLength(9);
    expect(await periods('week')).toEqual(['2026-W52', '2026-W53', '2027-W01']);
    expect(await periods('month')).toEqual(['2026-12', '2027-01']);
  });

  it('takes any id of a user, and any name', async () => {
    const random = new Random(11);
    const ids = [...new Set(Array.from({ length: 200 }, () => oddId(random)))];
    for (const name of ['a/b', 'a%2Fb', '{x}:*', '☃', ' ']) {
      expect((await mark(name, { userIds: ids })).body).toEqual({ marked: ids.length });
      for (const userId of ids.slice(0, 5)) expect((await mark(name, { userId })).status).toBe(200);
      const today = daysAgo(0);
      const { body } = await activeUsers(name, { from: today, to: today, granularity: 'month' });
      expect(body.items).toEqual([{ period: today.slice(0, 7), count: ids.length }]);
    }
    expect((await mark('long', { userIds: ['é'.repeat(128), 'x'.repeat(256)] })).body).toEqual({ marked: 2 });
  });

  it('takes null for what may be absent', async () => {
    const body = { userId: null, userIds: ['ada'], at: null, mode: null };
    expect(await mark('nulls', body)).toMatchObject({ status: 200, body: { marked: 1 } });
    expectRefused(await mark('nulls', { userId: null, userIds: null }), 'userId');
  });

  it('has none where it is unknown, and reading makes none', async () => {
    const range = { from: '2026-11-30', to: '2026-12-01' };
    expect(
      (await activeUsers('nobody', range)).body.items.map((each: { count: number }) => each.count),
    ).toEqual([0, 0]);
    expect((await retention('nobody', { cohort: '2026-11-30', days: '0' })).body).toEqual({
      cohort: '2026-11-30',
      size: 0,
      items: [{ day: 0, count: 0 }],
    });
    expect(await redis.client.keys('*nobody*')).toEqual([]);
  });

  it('takes up to 1000 users, 400 periods and 400 days at once', async () => {
    const userIds = Array.from({ length: 1000 }, (_, n) => `user-${n}`);
    expect((await mark('many', { userIds, at: daysAgo(3) })).body).toEqual({ marked: 1000 });
    const from = daysAgo(399);
    const { body } = await activeUsers('many', { from, to: daysAgo(0) });
    expect(body.items).toHaveLength(400);
    expect(body.items[396]).toEqual({ period: daysAgo(3), count: 1000 });
    const kept = await retention('many', { cohort: daysAgo(3), days: '400' });
    expect(kept.body.items).toHaveLength(401);
    expect(kept.body.size).toBe(1000);
  });
});

describe('an approximate activity', () => {
  it('counts about as many as there are, and cannot tell who came back', async () => {
    const model = new Set<string>();
    for (let call = 0; call < 10; call += 1) {
      const userIds = Array.from({ length: 1000 }, (_, n) => `user-${call * 800 + n}`);
      userIds.forEach((id) => model.add(id));
      expect((await mark('about', { userIds, mode: 'approximate' })).body).toEqual({ marked: 1000 });
    }
    const today = daysAgo(0);
    const { body } = await activeUsers('about', { from: today, to: today, granularity: 'month' });
    // Five standard errors.
    expect(Math.abs(body.items[0].count / model.size - 1)).toBeLessThan(5 * 0.0081);
    const refused = await retention('about', { cohort: today });
    expect(refused).toMatchObject({ status: 409, body: { code: 'ACTIVITY_NOT_EXACT' } });
  });

  it('stays what its first mark made it, and so does an exact one', async () => {
    await mark('first exact', { userId: 'ada' });
    await mark('first approximate', { userId: 'ada', mode: 'approximate' });
    const refused = [
      await mark('first exact', { userId: 'bob', mode: 'approximate' }),
      await mark('first approximate', { userId: 'bob', mode: 'exact' }),
    ];
    for (const answer of refused) {
      expect(answer).toMatchObject({ status: 409, body: { code: 'ACTIVITY_MODE_CONFLICT' } });
    }
    const today = daysAgo(0);
    const other = await TestApp.start({ REDIS_URL: redis.url }, activityWith());
    for (const name of ['first exact', 'first approximate']) {
      const query = `active-users?from=${today}&to=${today}&granularity=month`;
      expect((await other.request('GET', path(name, query))).body.items[0].count).toBe(1);
      expect((await other.request('POST', path(name, 'marks'), { body: { userId: 'eve' } })).status).toBe(
        200,
      );
      expect((await app.request('GET', path(name, query))).body.items[0].count).toBe(2);
    }
  });
});

describe('bad input', () => {
  /** Nothing is written, whatever the test sends. */
  async function changesNothing(work: () => Promise<void>): Promise<void> {
    const before = await redis.client.dbsize();
    await work();
    expect(await redis.client.dbsize()).toBe(before);
  }

  it.each<[string, unknown, string]>([
    ['nobody', {}, 'userId'],
    ['both', { userId: 'a', userIds: ['b'] }, 'userId'],
    ['an empty id', { userId: '' }, 'userId'],
    ['a number', { userId: 7 }, 'userId'],
    ['an id of 257 bytes', { userId: 'x'.repeat(257) }, 'userId'],
    ['half of a surrogate pair', { userId: '\ud800' }, 'userId'],
    ['no ids', { userIds: [] }, 'userIds'],
    ['1001 ids', { userIds: Array.from({ length: 1001 }, (_, n) => `${n}`) }, 'userIds'],
    ['one empty id of two', { userIds: ['a', ''] }, 'userIds'],
    ['ids that are no list', { userIds: 'a' }, 'userIds'],
    ['a day that no calendar has', { userId: 'a', at: '2026-02-30' }, 'at'],
    ['an instant of such a day', { userId: 'a', at: '2026-02-30T12:00:00Z' }, 'at'],
    ['an hour that is none', { userId: 'a', at: '2026-11-30T25:00:00Z' }, 'at'],
    ['an instant without an offset', { userId: 'a', at: '2026-11-30T12:00:00' }, 'at'],
    ['a number as instant', { userId: 'a', at: 1790000000000 }, 'at'],
    ['text as instant', { userId: 'a', at: 'yesterday' }, 'at'],
    ['an instant to come', { userId: 'a', at: new Date(Date.now() + 3_600_000).toISOString() }, 'at'],
    ['a day to come', { userId: 'a', at: daysAgo(-2) }, 'at'],
    ['a day that is kept no more', { userId: 'a', at: daysAgo(402) }, 'at'],
    ['an unknown mode', { userId: 'a', mode: 'fast' }, 'mode'],
    ['an unknown property', { userId: 'a', day: '2026-11-30' }, 'day'],
  ])('%s is not marked', async (_what, body, fault) => {
    await changesNothing(async () => expectRefused(await mark('bad', body), fault));
  });

  const day = '2026-11-30';
  it.each<[string, Record<string, string>, string[]]>([
    ['no days', {}, ['from', 'to']],
    ['no end', { from: day }, ['to']],
    ['an empty end', { from: day, to: '' }, ['to']],
    ['a day that no calendar has', { from: '2026-02-30', to: day }, ['from']],
    ['a week as day', { from: '2026-W49', to: day }, ['from']],
    ['an instant as day', { from: day, to: `${day}T00:00:00Z` }, ['to']],
    ['an end before the beginning', { from: day, to: '2026-11-29' }, ['to']],
    ['401 days', { from: daysAfter(day, -400), to: day }, ['to']],
    ['401 weeks', { from: daysAfter(day, -2800), to: day, granularity: 'week' }, ['to']],
    ['an unknown granularity', { from: day, to: day, granularity: 'hour' }, ['granularity']],
    ['an unknown parameter', { from: day, to: day, limit: '1' }, ['limit']],
  ])('active users of %s are refused', async (_what, query, faults) => {
    await changesNothing(async () => expectRefused(await activeUsers('bad', query), ...faults));
  });

  it.each<[string, Record<string, string>, string]>([
    ['no cohort', {}, 'cohort'],
    ['a day that no calendar has', { cohort: '2026-02-30' }, 'cohort'],
    ['a month', { cohort: '2026-11' }, 'cohort'],
    ['-1 days', { cohort: day, days: '-1' }, 'days'],
    ['401 days', { cohort: day, days: '401' }, 'days'],
    ['half a day', { cohort: day, days: '0.5' }, 'days'],
    ['days as text', { cohort: day, days: 'seven' }, 'days'],
    ['empty days', { cohort: day, days: '' }, 'days'],
    ['1e1 days', { cohort: day, days: '1e1' }, 'days'],
  ])('retention of %s is refused', async (_what, query, fault) => {
    await changesNothing(async () => expectRefused(await retention('bad', query), fault));
  });

  it.each(['é'.repeat(150), ''])(
    'a name of no or too many bytes is refused by every route (%#)',
    async (name) => {
      await changesNothing(async () => {
        const answers = [
          await mark(name, { userId: 'a' }),
          await activeUsers(name, { from: day, to: day }),
          await retention(name, { cohort: day }),
        ];
        expect(answers.map(({ status }) => status)).toEqual([400, 400, 400]);
      });
    },
  );
});

describe('Redis that is away', () => {
  it('is a 503 within the deadline', async () => {
    const own = await TestRedis.start();
    const replica = await TestApp.start(
      { REDIS_URL: own.url, REDIS_COMMAND_TIMEOUT_MS: '1000' },
      activityWith(),
    );
    const ask = () =>
      Promise.all([
        replica.request('POST', path('x', 'marks'), { body: { userId: 'ada' } }),
        replica.request('GET', path('x', 'active-users?from=2026-11-30&to=2026-11-30')),
        replica.request('GET', path('x', 'retention?cohort=2026-11-30')),
      ]);
    expect((await ask()).map(({ status }) => status)).toEqual([200, 200, 200]);
    own.freeze();
    const answers = await ask();
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(
      Array.from({ length: 3 }, () => [503, 'STATE_STORE_UNAVAILABLE']),
    );
    expect(answers[0].headers.get('retry-after')).toBe('1');
    own.thaw();
  });
});
