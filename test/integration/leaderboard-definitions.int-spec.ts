import { LeaderboardService, type WindowName } from '../../src/leaderboard/index.js';
import { TestApp } from '../support/app.js';
import { boardContents, boardKey, leaderboardsWith, zoneAtNoon } from '../support/leaderboards.js';
import { codeOf } from '../support/locks.js';
import { TestRedis } from '../support/redis-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';

const WINDOWS: WindowName[] = ['all-time', 'monthly', 'weekly', 'daily'];
const timeZone = zoneAtNoon();

let redis: TestRedis;
let proxy: TcpProxy;
let here: LeaderboardService;
/** Behind the proxy. */
let there: LeaderboardService;

beforeAll(async () => {
  redis = await TestRedis.start();
  proxy = await TcpProxy.start({ target: { host: '127.0.0.1', port: redis.port } });
  here = (await TestApp.start({ REDIS_URL: redis.url }, leaderboardsWith())).get(LeaderboardService);
  there = (await TestApp.start({ REDIS_URL: proxy.url }, leaderboardsWith())).get(LeaderboardService);
  // Redis has the scripts then.
  await here.define('b');
  for (const [, ask] of QUESTIONS) await ask();
});

beforeEach(() => redis.client.flushall());

afterAll(() => proxy.close());

/** How often something goes to Redis and back. */
async function tripsOf(work: () => Promise<unknown>): Promise<number> {
  proxy.resetCounters();
  await work();
  return proxy.roundTrips;
}

const QUESTIONS: [string, () => Promise<unknown>][] = [
  ['a score', () => there.submit('b', { member: 'ada', score: 1 })],
  [
    'a hundred scores',
    () =>
      there.submitMany(
        'b',
        Array.from({ length: 100 }, () => ({ member: 'ada', score: 1 })),
      ),
  ],
  ['the best', () => there.top('b')],
  ['a member', () => there.member('b', 'ada')],
  ['neighbours', () => there.neighbours('b', 'ada')],
  ['ranks of some', () => there.ranks('b', ['ada', 'bob'])],
];

describe.each([{ scores: 'int64' }, { scores: 'int53', tieBreak: 'member' }] as const)(
  'with %j, one round trip takes',
  (encoding) => {
    it.each(QUESTIONS)('%s, of a board that the process knows', async (_, ask) => {
      await here.define('b', { ...encoding, windows: WINDOWS, timeZone });
      await there.submit('b', { member: 'ada', score: 1, metadata: { level: 1 } });
      expect(await tripsOf(ask)).toBe(1);
    });
  },
);

describe('a process that knows a board as it was', () => {
  it.each(QUESTIONS)('sees how it is now after one round trip more: %s', async (_, ask) => {
    await here.define('b', { windows: WINDOWS, timeZone });
    await there.submit('b', { member: 'bob', score: 3 });
    await here.delete('b');
    await here.define('b', { order: 'asc', scores: 'int53', tieBreak: 'member', operator: 'increment' });
    await here.submitMany('b', [
      { member: 'ada', score: 2 },
      { member: 'bob', score: 5 },
    ]);
    expect(await tripsOf(ask)).toBe(2);
    expect(await tripsOf(ask)).toBe(1);
    const { items } = await there.top('b');
    expect(items).toEqual((await here.top('b')).items);
    expect(items.map(({ member }) => member).sort()).toEqual(['ada', 'bob']);
  });

  it.each(QUESTIONS)('does not find it when it is gone: %s', async (_, ask) => {
    await here.define('b');
    await there.submit('b', { member: 'ada', score: 3 });
    await here.delete('b');
    expect(await codeOf(ask())).toBe('LEADERBOARD_NOT_FOUND');
    expect(await codeOf(ask())).toBe('LEADERBOARD_NOT_FOUND');
    expect(await redis.keys()).toEqual([]);
  });

  it('files by its new operator', async () => {
    await here.define('b', { operator: 'best' });
    await there.submit('b', { member: 'ada', score: 3 });
    await here.define('b', { operator: 'increment' });
    expect(await there.submit('b', { member: 'ada', score: 2 })).toMatchObject({ score: 5n });
  });

  it('files none of many when one of them is not valid on the board as it is now', async () => {
    await here.define('b');
    await there.submit('b', { member: 'ada', score: 3 });
    await here.delete('b');
    await here.define('b', { scores: 'int53', tieBreak: 'member' });
    const entries = Array.from({ length: 250 }, (_, n) => ({
      member: `m${n}`,
      score: n === 230 ? 2n ** 60n : n,
    }));
    await expect(there.submitMany('b', entries)).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      faults: [{ path: 'entries.230.score' }],
    });
    expect((await here.top('b')).total).toBe(0);
  });

  it('removes and trims on the board as it is now', async () => {
    await here.define('b');
    await there.submit('b', { member: 'ada', score: 3 });
    await here.delete('b');
    await here.define('b', { scores: 'int53', tieBreak: 'member', windows: ['daily'], timeZone });
    await here.submitMany('b', [
      { member: 'ada', score: 2 },
      { member: 'bob', score: 5 },
      { member: 'cyd', score: 7 },
    ]);
    await there.removeMember('b', 'ada');
    expect(await there.trim('b', 1)).toBe(1);
    expect((await here.top('b')).items).toMatchObject([{ member: 'cyd' }]);
  });
});

describe('a window that begins between the two round trips of', () => {
  /** Redis has told which windows there are, and then there is another. */
  async function whileWindowBegins(work: () => Promise<unknown>, between: () => Promise<unknown>) {
    await redis.client.config('RESETSTAT');
    proxy.stall('down');
    const done = work();
    const isAsked = async () => (await redis.client.info('commandstats')).includes('cmdstat_zrange:');
    await waitFor(isAsked, { what: 'the windows to be asked for' });
    await between();
    proxy.resume();
    await done;
  }

  beforeEach(async () => {
    await here.define('b', { windows: ['all-time', 'daily'], timeZone });
    await there.definition('b');
  });

  /** As if nobody had submitted today. */
  async function forgetToday(): Promise<string> {
    const periods = await redis.client.zrange(boardKey('b', 'periods'), '0', '-1');
    const today = periods.find((period) => period.startsWith('daily'))!;
    await redis.client.zrem(boardKey('b', 'periods'), today);
    const set = boardKey('b', today);
    await redis.client.unlink(set, `${set}-members`, `${set}-metadata`);
    return today;
  }

  it('a removal of a board is removed with it', async () => {
    await here.submit('b', { member: 'ada', score: 1, metadata: 1 });
    const today = await forgetToday();
    // The number of windows is the same when an old one ends as a new one begins.
    await redis.client.zadd(boardKey('b', 'periods'), 1, 'daily-2001-01-01');
    await whileWindowBegins(
      () => there.delete('b'),
      () => here.submit('b', { member: 'ada', score: 2, metadata: 2 }),
    );
    expect(today).toMatch(/^daily-\d{4}/);
    expect(await boardContents(redis)).toEqual({});
  });

  it('a removal of a member loses that member too', async () => {
    await here.submit('b', { member: 'ada', score: 1, metadata: 1 });
    await forgetToday();
    await whileWindowBegins(
      () => there.removeMember('b', 'ada'),
      () => here.submit('b', { member: 'ada', score: 2, metadata: 2 }),
    );
    expect((await here.top('b')).total).toBe(0);
    expect((await here.top('b', { window: 'daily' })).total).toBe(0);
  });
});
