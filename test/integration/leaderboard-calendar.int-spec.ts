import { LeaderboardService } from '../../src/leaderboard/index.js';
import { TestApp } from '../support/app.js';
import { LeaderboardClock } from '../support/leaderboard-clock.js';
import { leaderboardsWith } from '../support/leaderboards.js';
import { TestRedis } from '../support/redis-server.js';

const DAY_MS = 86_400_000;
const IN_FLIGHT = 20;
const SUBMITS_A_CHANGE = 20_000;
/** Those that one replica submits at once leave together. */
const SUBMITS_A_CALL = IN_FLIGHT / 2;

/** Days on which clocks change; in Beirut and Cairo at midnight, so that a day begins at one, or has two midnights. */
const CHANGES = [
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/Berlin', '2026-10-25'],
  ['America/New_York', '2026-03-08'],
  ['America/New_York', '2026-11-01'],
  ['Africa/Cairo', '2026-04-24'],
  ['Africa/Cairo', '2026-10-29'],
  ['Australia/Lord_Howe', '2026-04-05'],
] as const;

let redis: TestRedis;
let clock: LeaderboardClock;
let replicas: LeaderboardService[];

beforeAll(async () => {
  redis = await TestRedis.start();
  clock = new LeaderboardClock(redis.client);
  const settings = { REDIS_URL: redis.url, REDIS_COMMAND_TIMEOUT_MS: '20000' };
  const apps = [
    await TestApp.start(settings, leaderboardsWith()),
    await TestApp.start(settings, leaderboardsWith()),
  ];
  apps.forEach((app) => clock.govern(app));
  replicas = apps.map((app) => app.get(LeaderboardService));
});

/** Which windows an instant belongs to, by the names of its day alone: no arithmetic on instants. */
function periodsOf(timeZone: string): (atMs: number) => string[] {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  return (atMs) => {
    const date = parts.format(atMs);
    return [`daily-${date}`, `weekly-${isoWeekOf(date)}`, `monthly-${date.slice(0, 7)}`];
  };
}

/** ISO 8601: a week belongs to the year of its Thursday. */
function isoWeekOf(date: string): string {
  const day = new Date(`${date}T00:00:00Z`);
  const thursday = new Date(day.getTime() + (4 - (day.getUTCDay() || 7)) * DAY_MS);
  const year = thursday.getUTCFullYear();
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY_MS)) + 1;
  return `${year}-W${String(week).padStart(2, '0')}`;
}

describe('scores that come around midnight', () => {
  it.each(CHANGES)('of %s on %s go to their windows', async (timeZone, date) => {
    const board = `${timeZone}:${date}`;
    await replicas[0].define(board, {
      windows: ['daily', 'weekly', 'monthly'],
      timeZone,
      operator: 'increment',
    });
    const startAt = Date.parse(`${date}T00:00:00Z`) - DAY_MS;
    await clock.set(startAt, Math.ceil((3 * DAY_MS) / (SUBMITS_A_CHANGE / SUBMITS_A_CALL)));
    await clock.takeLog();
    let submitted = 0;
    const lane = async (index: number) => {
      while (submitted < SUBMITS_A_CHANGE) {
        submitted += 1;
        await replicas[index % 2].submit(board, { member: `m${submitted % 500}`, score: 1 });
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, (_, index) => lane(index)));

    const filed = await clock.takeLog();
    expect(filed).toHaveLength(3 * submitted);
    const expected = periodsOf(timeZone);
    const misfiled = filed.filter(
      ({ key, atMs }) => !expected(atMs).some((period) => key.endsWith(`:${period}`)),
    );
    expect(misfiled).toEqual([]);
    expect(new Set(filed.map(({ key }) => key)).size).toBeGreaterThanOrEqual(5);
  });

  it('of Berlin stay readable by a date, in the week and the month of that date', async () => {
    const [here] = replicas;
    await here.define('past', { windows: ['daily', 'weekly', 'monthly'], timeZone: 'Europe/Berlin' });
    await clock.set(Date.parse('2026-10-25T22:59:59.999Z'));
    await here.submit('past', { member: 'sunday', score: 1 });
    await clock.set(Date.parse('2026-10-25T23:00:00.000Z'));
    await here.submit('past', { member: 'monday', score: 1 });
    await clock.set(Date.parse('2026-11-20T12:00:00Z'));
    const read = async (window: 'daily' | 'weekly' | 'monthly', at?: string) =>
      (await here.top('past', { window, at })).items.map(({ member }) => member);
    expect(await read('daily', '2026-10-25')).toEqual(['sunday']);
    expect(await read('daily', '2026-10-26')).toEqual(['monday']);
    expect(await read('daily', '2026-10-25T23:30:00Z')).toEqual(['monday']);
    expect(await read('weekly', '2026-10-20')).toEqual(['sunday']);
    expect(await read('weekly', '2026-11-01')).toEqual(['monday']);
    expect(await read('monthly', '2026-10-01')).toEqual(['sunday', 'monday']);
    expect(await read('monthly')).toEqual([]);
    expect(await read('daily', '2026-10-27')).toEqual([]);
  });

  it('are read in the period that Redis is in, whatever a replica takes the time to be', async () => {
    const [here, there] = replicas;
    await clock.set(Date.parse('2026-12-31T23:59:59Z'));
    await here.define('now', { windows: ['daily'] });
    await here.submit('now', { member: 'old', score: 1 });
    const page = await there.top('now', { limit: 1 });
    await here.submit('now', { member: 'older', score: 0 });
    const { nextCursor } = await there.top('now', { limit: 1 });
    await clock.set(Date.parse('2027-01-01T00:00:01Z'));
    expect(await there.top('now')).toMatchObject({ items: [], total: 0 });
    expect(page).toMatchObject({ items: [{ member: 'old' }], nextCursor: null });
    // A list that was begun before midnight goes on there.
    const next = await there.top('now', { limit: 1, cursor: nextCursor! });
    expect(next.items.map(({ member }) => member)).toEqual(['older']);
  });
});
