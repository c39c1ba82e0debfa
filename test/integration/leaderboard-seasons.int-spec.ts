import path from 'node:path';
import {
  type Entry,
  LeaderboardService,
  SeasonArchive,
  SeasonsModule,
  type Standing,
} from '../../src/leaderboard/index.js';
import { Postgres } from '../../src/postgres/index.js';
import { TestApp } from '../support/app.js';
import { spawnNode } from '../support/child.js';
import { LeaderboardClock } from '../support/leaderboard-clock.js';
import { leaderboardsWith } from '../support/leaderboards.js';
import { execute, startPostgres, type TestPostgres } from '../support/postgres.js';
import { Random } from '../support/random.js';
import { TestRedis } from '../support/redis-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const FIXTURE = path.join(__dirname, '../support/fixtures/archiver.ts');
const MEMBERS = 20_000;
/** Members a page. */
const PAGE = 500;
/** A Monday, some weeks ago: what was submitted then is over. */
const THEN = '2026-10-05';
const THEN_MS = Date.parse(`${THEN}T12:00:00Z`);
const DAILY = { window: 'daily', at: THEN } as const;
const MAX = 2n ** 63n - 1n;
/** What a slow machine may make of some milliseconds. */
const SLOWEST_COMMAND_US = 100_000;

const ODD_MEMBERS = ['a:b', '{x}', 'two words', '🏆', 'nul\0nul', 'ß', '"', '\\', '-1', 'constructor'];
const ODD_METADATA = [
  { snake_case: { camelCase: [1e21, -0.5, true, null] } },
  'nul\0 and \ud800 half a pair',
  0,
  '',
  [],
  { '': 'empty', __proto: null },
];

let redis: TestRedis;
let server: TestPostgres;
let proxy: TcpProxy;
let environment: Record<string, string>;
let clock: LeaderboardClock;
let boards: LeaderboardService;
let archive: SeasonArchive;
let other: SeasonArchive;

beforeAll(async () => {
  [redis, server] = await Promise.all([TestRedis.start(), startPostgres()]);
  proxy = await TcpProxy.start({ target: { host: '127.0.0.1', port: server.port } });
  const url = (await server.createDatabase()).replace(String(server.port), String(proxy.port));
  environment = { REDIS_URL: redis.url, DATABASE_URL: url, DATABASE_TIMEOUT_MS: '5000' };
  clock = new LeaderboardClock(redis.client);
  const root = leaderboardsWith(SeasonsModule);
  const apps = [await TestApp.start(environment, root), await TestApp.start(environment, root)];
  apps.forEach((app) => clock.govern(app));
  await Promise.all(apps.map((app) => app.get(Postgres).whenMigrated()));
  boards = apps[0].get(LeaderboardService);
  [archive, other] = apps.map((app) => app.get(SeasonArchive));
});

afterEach(() => proxy.heal());

afterAll(async () => {
  await proxy?.close();
  await server?.stop();
});

/** A board as it was left on that day. */
async function play(board: string, entries: readonly Entry[], definition = {}): Promise<void> {
  await clock.set(THEN_MS);
  await boards.define(board, { windows: ['daily'], ...definition });
  for (let from = 0; from < entries.length; from += 1000) {
    await boards.submitMany(board, entries.slice(from, from + 1000));
  }
  await clock.set(Date.now());
}

function manyEntries(count: number, seed = 1): Entry[] {
  const random = new Random(seed);
  const odd = [...ODD_MEMBERS, 'x'.repeat(256)];
  return Array.from({ length: count }, (_, index) => ({
    member: odd[index] ?? `m${index}`,
    // Many ties, and both ends of the range.
    score: [MAX, -MAX - 1n, MAX - 1n, MAX][index] ?? random.integer(0, count / 4),
    ...(index % 3 === 0 ? { metadata: ODD_METADATA[(index / 3) % ODD_METADATA.length] } : {}),
  }));
}

/** Every page of a board, live or archived. */
async function all(
  top: (limit: number, cursor?: string) => ReturnType<LeaderboardService['top']>,
): Promise<Standing[]> {
  const items: Standing[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await top(700, cursor);
    items.push(...page.items);
    if (page.nextCursor === null) return items;
    cursor = page.nextCursor;
  }
}

const live = (board: string, choice = DAILY) =>
  all((limit, cursor) => boards.top(board, { ...choice, limit, cursor }));
const archived = (board: string, choice = DAILY) =>
  all((limit, cursor) => archive.top(board, { ...choice, limit, cursor }));

async function slowestCommandUs(): Promise<number> {
  const log = (await redis.client.slowlog('GET', 10_000)) as [number, number, number][];
  return Math.max(0, ...log.map(([, , microseconds]) => microseconds));
}

describe('a season', () => {
  it('of 20,000 members is archived as it was, while Redis does nothing for long', async () => {
    await play('exact', manyEntries(MEMBERS));
    await redis.client.config('SET', 'slowlog-log-slower-than', '100');
    await redis.client.config('SET', 'slowlog-max-len', '10000');
    await redis.client.slowlog('RESET');
    await redis.client.config('RESETSTAT');
    const progress: [number, number][] = [];
    const season = await archive.archive('exact', DAILY, {
      onProgress: (done, total) => progress.push([done, total]),
    });
    const slowest = await slowestCommandUs();
    const stats = await redis.client.info('commandstats');
    expect(season).toMatchObject({ window: 'daily', period: THEN, total: MEMBERS });
    expect(progress).toEqual(
      Array.from({ length: MEMBERS / PAGE }, (_, page) => [PAGE * (page + 1), MEMBERS]),
    );
    expect(Number(/cmdstat_zrange:calls=(\d+)/.exec(stats)?.[1])).toBe(MEMBERS / PAGE);
    expect(slowest).toBeLessThan(SLOWEST_COMMAND_US);
    const standings = await live('exact');
    expect(standings).toHaveLength(MEMBERS);
    expect(await archived('exact')).toEqual(standings);
  });

  it('is archived once', async () => {
    const before = await archive.archive('exact', DAILY);
    const onProgress = jest.fn();
    expect(
      await other.archive('exact', { window: 'daily', at: `${THEN}T23:59:59Z` }, { onProgress }),
    ).toEqual(before);
    expect(onProgress).not.toHaveBeenCalled();
  });

  it('can be asked for a member as the board can', async () => {
    for (const member of [...ODD_MEMBERS, 'm19999']) {
      expect(await archive.member('exact', member, DAILY)).toEqual(
        await boards.member('exact', member, DAILY),
      );
    }
    const missing = archive.member('exact', 'nobody', DAILY);
    await expect(missing).rejects.toMatchObject({ code: 'MEMBER_NOT_RANKED' });
  });

  it.each(['weekly', 'monthly'] as const)('can be a %s one, of low scores as doubles', async (window) => {
    const board = `lowest-${window}`;
    const entries = manyEntries(1500).map((entry) => ({ ...entry, score: Number(entry.score) % 300 }));
    await play(board, entries, {
      windows: ['daily', window],
      order: 'asc',
      scores: 'int53',
      tieBreak: 'member',
    });
    // Another day of the same week and month.
    const choice = { window, at: '2026-10-07' } as const;
    const { total, period } = await archive.archive(board, choice);
    expect([total, period]).toEqual([1500, window === 'weekly' ? '2026-W41' : '2026-10']);
    expect(await archived(board, choice as never)).toEqual(await live(board, choice as never));
  });

  it('stays when its board is gone', async () => {
    await play('deleted', manyEntries(30), { timeZone: 'Asia/Tokyo' });
    await archive.archive('deleted', DAILY);
    const standings = await live('deleted');
    await boards.delete('deleted');
    expect(await archived('deleted')).toEqual(standings);
    // In Tokyo the day was over at 15:00 UTC.
    const at = (instant: string) => archive.top('deleted', { window: 'daily', at: instant });
    expect((await at(`${THEN}T14:59:59Z`)).total).toBe(30);
    await expect(at(`${THEN}T15:00:00Z`)).rejects.toMatchObject({ code: 'SEASON_NOT_ARCHIVED' });
  });

  it('is archived to its end by who comes after a kill -9', async () => {
    await play('killed', manyEntries(12_000, 2));
    proxy.delay(10);
    const args = ['killed', DAILY.window, DAILY.at];
    const child = spawnNode(FIXTURE, { args, env: environment });
    await child.waitForLine(/^archived [5-9]\d{3}$/, { timeoutMs: 60_000 });
    child.kill('SIGKILL');
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
    await proxy.heal();
    await expect(archive.top('killed', DAILY)).rejects.toMatchObject({ code: 'SEASON_NOT_ARCHIVED' });

    const next = spawnNode(FIXTURE, { args, env: environment });
    expect(await next.exited).toEqual({ code: 0, signal: null });
    expect(Number(/archived (\d+)/.exec(next.stdout)?.[1])).toBeGreaterThan(5000);
    expect(await archived('killed')).toEqual(await live('killed'));
  });

  it('is archived once by two at a time', async () => {
    await play('both', manyEntries(5000, 3));
    const [one, two] = await Promise.all([archive.archive('both', DAILY), other.archive('both', DAILY)]);
    expect(one).toEqual(two);
    expect(await archived('both')).toEqual(await live('both'));
  });

  it('has every member that stays, and no gap, when others are removed meanwhile', async () => {
    const entries = manyEntries(10_000, 4);
    await play('shrinking', entries);
    const before = await live('shrinking');
    const removed = new Set<string>();
    const removals: Promise<void>[] = [];
    await archive.archive('shrinking', DAILY, {
      onProgress: (done) => {
        // Some that are archived, and some that are not.
        for (const { member } of [before[done - 1], before[done - 500], before[done + 700]].filter(Boolean)) {
          removed.add(member);
          removals.push(boards.removeMember('shrinking', member));
        }
      },
    });
    await Promise.all(removals);
    const after = await archived('shrinking');
    expect(removed.size).toBeGreaterThan(20);
    expect(after.map(({ rank }) => rank)).toEqual(after.map((_, index) => index + 1));
    const stays = ({ member }: Standing) => !removed.has(member);
    const withoutRank = ({ member, score, metadata }: Standing) => ({ member, score, metadata });
    expect(after.filter(stays).map(withoutRank)).toEqual(before.filter(stays).map(withoutRank));
    expect((await archive.top('shrinking', DAILY)).total).toBe(after.length);
  });
});

describe('what cannot be archived', () => {
  const today = () => new Date().toISOString().slice(0, 10);

  it('is a period that runs', async () => {
    const windows = ['daily', 'weekly', 'monthly', 'all-time'] as const;
    await play('runs', [{ member: 'ada', score: 1 }], { windows });
    for (const window of windows) {
      const refused = archive.archive('runs', { window, at: window === 'all-time' ? THEN : today() });
      await expect(refused).rejects.toMatchObject({ code: 'SEASON_RUNNING', status: 409 });
    }
    expect(
      await execute(environment.DATABASE_URL, "select from leaderboard_seasons where board = 'runs'"),
    ).toEqual([]);
  });

  it('is a period without scores, or whose scores end meanwhile', async () => {
    await play('ends', manyEntries(3000));
    const empty = archive.archive('ends', { window: 'daily', at: '2026-10-04' });
    await expect(empty).rejects.toMatchObject({ code: 'SEASON_GONE', status: 410 });
    const keys = await redis.client.keys(`*{ends}:daily-${THEN}*`);
    const ends = archive.archive('ends', DAILY, { onProgress: () => void redis.client.del(keys) });
    await expect(ends).rejects.toMatchObject({ code: 'SEASON_GONE' });
    await expect(archive.top('ends', DAILY)).rejects.toMatchObject({ code: 'SEASON_NOT_ARCHIVED' });
  });

  it('is what is no season', async () => {
    await play('odd', [{ member: 'ada', score: 1 }]);
    const refused = (choice: object, code: string) =>
      expect(archive.archive('odd', choice as never)).rejects.toMatchObject({ code });
    await refused({ window: 'weekly', at: THEN }, 'VALIDATION_FAILED');
    await refused({ window: 'hourly', at: THEN }, 'VALIDATION_FAILED');
    await refused({ window: 'daily', at: '2026-02-30' }, 'VALIDATION_FAILED');
    const unknown = archive.archive('no board', DAILY);
    await expect(unknown).rejects.toMatchObject({ code: 'LEADERBOARD_NOT_FOUND' });
  });

  it('leaves Redis as it is while Postgres is away, and goes on when that is back', async () => {
    await play('away', manyEntries(5000, 5));
    const before = await live('away');
    const away = archive.archive('away', DAILY, { onProgress: (done) => done === 2000 && proxy.drop() });
    await expect(away).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', status: 503 });
    await expect(archive.top('away', DAILY)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(await live('away')).toEqual(before);
    await proxy.restore();
    const progress: number[] = [];
    await archive.archive('away', DAILY, { onProgress: (done) => progress.push(done) });
    expect(progress[0]).toBe(2500);
    expect(await archived('away')).toEqual(before);
  });
});

describe('an archived season', () => {
  it('refuses what the board refuses', async () => {
    await play('o\0ne', manyEntries(20));
    await play('two', manyEntries(20));
    for (const board of ['o\0ne', 'two']) await archive.archive(board, DAILY);
    const { nextCursor } = await archive.top('o\0ne', { ...DAILY, limit: 5 });
    const refused = (board: string, choice: object) =>
      expect(archive.top(board, { ...DAILY, ...choice })).rejects.toMatchObject({
        code: 'VALIDATION_FAILED',
      });
    await refused('two', { cursor: nextCursor });
    await refused('o\0ne', { cursor: `${nextCursor}=` });
    await refused('o\0ne', { cursor: Buffer.from('1 99').toString('base64url') });
    await refused('o\0ne', { limit: 0 });
    await refused('o\0ne', { limit: 1001 });
    await refused('o\0ne', { at: '2026-13-01' });
    await refused('o\0ne', { window: 'yearly' });
    const member = archive.member('o\0ne', '', DAILY);
    await expect(member).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  });
});
