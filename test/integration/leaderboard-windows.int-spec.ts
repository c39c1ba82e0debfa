import { type BoardDefinition, LeaderboardService, type WindowName } from '../../src/leaderboard/index.js';
import { TestApp } from '../support/app.js';
import {
  boardContents,
  boardKey,
  leaderboardsWith,
  renamePeriod,
  zoneAtNoon,
} from '../support/leaderboards.js';
import { codeOf } from '../support/locks.js';
import { TestRedis } from '../support/redis-server.js';

const WINDOWS: WindowName[] = ['all-time', 'monthly', 'weekly', 'daily'];
const PARTS = ['', '-members', '-metadata'];
const DAY_MS = 86_400_000;
const ENCODINGS = [{ scores: 'int64' }, { scores: 'int53', tieBreak: 'member' }] as const;

let redis: TestRedis;
let boards: LeaderboardService;

beforeAll(async () => {
  redis = await TestRedis.start();
  boards = (await TestApp.start({ REDIS_URL: redis.url }, leaderboardsWith())).get(LeaderboardService);
});

beforeEach(() => redis.client.flushall());

const timeZone = zoneAtNoon();
/** Hours east of Greenwich; no day of such a zone is longer than another. */
const aheadMs = -Number(timeZone.slice('Etc/GMT'.length)) * 3_600_000;
const iso = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/** The present windows' names and ends, reckoned by hand. */
function present() {
  const now = new Date(Date.now() + aheadMs);
  const day = now.getTime() - (now.getTime() % DAY_MS);
  const monday = day - ((now.getUTCDay() + 6) % 7) * DAY_MS;
  const thursday = new Date(monday + 3 * DAY_MS);
  const week = Math.ceil((thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 0)) / DAY_MS / 7);
  const month = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1);
  return [
    { period: `daily-${iso(day)}`, endsAt: day + DAY_MS - aheadMs },
    {
      period: `weekly-${thursday.getUTCFullYear()}-W${String(week).padStart(2, '0')}`,
      endsAt: monday + 7 * DAY_MS - aheadMs,
    },
    { period: `monthly-${iso(day).slice(0, 7)}`, endsAt: month - aheadMs },
  ];
}

const define = (more: Partial<BoardDefinition> = {}) =>
  boards.define('b', { windows: WINDOWS, timeZone, ...more });
const submit = (member = 'ada', metadata: unknown = { level: 1 }) =>
  boards.submit('b', { member, score: 1, metadata });
const endOf = (part: string) => redis.client.pexpiretime(boardKey('b', part));
const FOR_EVER = -1;
const NO_KEY = -2;

describe.each(ENCODINGS)('the keys of a board of %j', (encoding) => {
  const members = encoding.scores === 'int64';

  it.each([0, 1, 90 * DAY_MS, 3660 * DAY_MS])('end %i ms after their window', async (retentionMs) => {
    await define({ ...encoding, retentionMs });
    await submit();
    await submit('bob', null);
    await submit('cyd', 'later');
    for (const { period, endsAt } of present()) {
      const end = endsAt + retentionMs;
      expect(await Promise.all(PARTS.map((part) => endOf(period + part)))).toEqual([
        end,
        members ? end : NO_KEY,
        end,
      ]);
      expect(Number(await redis.client.zscore(boardKey('b', 'periods'), period))).toBe(end);
    }
    for (const part of ['board', 'periods', 'all-time', 'all-time-metadata']) {
      expect(await endOf(part)).toBe(FOR_EVER);
    }
    expect(await redis.client.zscore(boardKey('b', 'periods'), 'all-time')).toBe('inf');
    expect(await redis.keys()).toHaveLength(members ? 14 : 10);
  });

  it('end too when the window is emptied and begun anew', async () => {
    await define(encoding);
    await submit();
    await boards.removeMember('b', 'ada');
    expect(await redis.keys()).toHaveLength(2);
    await submit('bob');
    for (const { period, endsAt } of present()) {
      for (const part of members ? PARTS : ['', '-metadata']) {
        expect(await endOf(period + part)).toBe(endsAt + 90 * DAY_MS);
      }
    }
  });

  it('end together when the retention is changed while the window is open', async () => {
    await define({ ...encoding, retentionMs: 5 * DAY_MS });
    await submit('ada', undefined);
    await define({ ...encoding, retentionMs: 2 * DAY_MS });
    await submit('bob', 'late');
    for (const { period, endsAt } of present()) {
      for (const part of members ? PARTS : ['', '-metadata']) {
        expect(await endOf(period + part)).toBe(endsAt + 5 * DAY_MS);
      }
    }
  });

  it('are of past windows readable until they end, and then forgotten', async () => {
    await define(encoding);
    await submit('ada');
    const [{ period }] = present();
    const past = iso(Date.now() + aheadMs - 3 * DAY_MS);
    await renamePeriod(redis, 'b', [period, `daily-${past}`]);
    await submit('bob');
    const before = { window: 'daily', at: past } as const;
    expect(await boards.member('b', 'ada', before)).toMatchObject({ rank: 1, score: 1n, total: 1 });
    expect((await boards.top('b', before)).items).toMatchObject([{ member: 'ada', metadata: { level: 1 } }]);
    expect(await codeOf(boards.member('b', 'bob', before))).toBe('MEMBER_NOT_RANKED');
    expect(await codeOf(boards.member('b', 'ada', { window: 'daily' }))).toBe('MEMBER_NOT_RANKED');
    expect((await boards.ranks('b', ['ada', 'bob'], before)).items).toMatchObject([{ member: 'ada' }]);

    // It ends.
    await redis.client.zadd(boardKey('b', 'periods'), Date.now() - 1, `daily-${past}`);
    for (const part of PARTS) await redis.client.pexpireat(boardKey('b', `daily-${past}${part}`), 1);
    expect(await boards.top('b', before)).toEqual({ items: [], total: 0, nextCursor: null });
    await boards.removeMember('b', 'bob');
    expect(await redis.client.zscore(boardKey('b', 'periods'), `daily-${past}`)).not.toBeNull();
    // Windows that begin take it off the list.
    await boards.removeMember('b', 'ada');
    await submit('cyd');
    expect(await redis.client.zrange(boardKey('b', 'periods'), '0', '-1')).toEqual([
      ...present()
        .sort((one, other) => one.endsAt - other.endsAt || (one.period < other.period ? -1 : 1))
        .map((each) => each.period),
      'all-time',
    ]);
    await boards.delete('b');
    expect(await redis.keys()).toEqual([]);
  });

  it('are all gone with the board, those of past windows too', async () => {
    await define(encoding);
    for (let day = 1; day <= 40; day += 1) {
      await submit(`m${day}`);
      await renamePeriod(redis, 'b', [present()[0].period, `daily-${iso(Date.now() - day * DAY_MS)}`]);
    }
    expect((await redis.keys()).length).toBeGreaterThan(80);
    await boards.removeMember('b', 'm7');
    for (const [day, total] of [
      [7, 0],
      [8, 1],
    ]) {
      const at = iso(Date.now() - day * DAY_MS);
      expect((await boards.top('b', { window: 'daily', at })).total).toBe(total);
    }
    await boards.delete('b');
    expect(await redis.keys()).toEqual([]);
  });
});

describe.each(ENCODINGS)('trimming a board of %j', (encoding) => {
  const cards = (period: string) =>
    Promise.all([
      redis.client.zcard(boardKey('b', period)),
      redis.client.hlen(boardKey('b', `${period}-members`)),
      redis.client.hlen(boardKey('b', `${period}-metadata`)),
    ]);

  it('leaves the best of one window with what is kept of them, and nothing of the others', async () => {
    await define({ ...encoding, order: 'asc' });
    const entries = Array.from({ length: 450 }, (_, n) => ({ member: `m${n}`, score: n % 7, metadata: n }));
    await boards.submitMany('b', entries);
    const before = await boardContents(redis);
    for (const best of [450, 451, Number.MAX_SAFE_INTEGER]) {
      expect(await boards.trim('b', best, { window: 'daily' })).toBe(0);
    }
    expect(await boardContents(redis)).toEqual(before);
    const best = (await boards.top('b', { window: 'daily', limit: 11 })).items;
    expect(await boards.trim('b', 11, { window: 'daily' })).toBe(439);
    expect((await boards.top('b', { window: 'daily', limit: 1000 })).items).toEqual(best);
    const [{ period }] = present();
    const members = encoding.scores === 'int64';
    expect(await cards(period)).toEqual([11, members ? 11 : 0, 11]);
    expect(await cards('all-time')).toEqual([450, members ? 450 : 0, 450]);
    expect(await boards.trim('b', 0, { window: 'daily' })).toBe(11);
    expect(await cards(period)).toEqual([0, 0, 0]);
    for (const bad of [-1, 1.5, NaN, Infinity, 2 ** 53]) {
      expect(await codeOf(boards.trim('b', bad))).toBe('VALIDATION_FAILED');
    }
    expect(await codeOf(boards.trim('none', 1))).toBe('LEADERBOARD_NOT_FOUND');
  });
});
