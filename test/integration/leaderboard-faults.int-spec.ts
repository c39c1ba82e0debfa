import { randomUUID } from 'node:crypto';
import { LeaderboardService, type WindowName } from '../../src/leaderboard/index.js';
import { TestApp } from '../support/app.js';
import { boardKey, leaderboardsWith, zoneAtNoon } from '../support/leaderboards.js';
import { codeOf } from '../support/locks.js';
import { TestRedis } from '../support/redis-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';

const WINDOWS: WindowName[] = ['all-time', 'monthly', 'weekly', 'daily'];
/** What Redis has answered is on its disk. */
const DURABLE = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];
const DEADLINE_MS = 1500;
/** What a slow machine may add to a deadline. */
const SLACK_MS = 5000;

describe('increments on connections that are cut', () => {
  const CUTS = 100;
  const AT_ONCE = 8;

  it('count as often as they were accepted, in every window', async () => {
    const redis = await TestRedis.start();
    const proxy = await TcpProxy.start({ target: { host: '127.0.0.1', port: redis.port } });
    const boards = (await TestApp.start({ REDIS_URL: proxy.url }, leaderboardsWith())).get(
      LeaderboardService,
    );
    const timeZone = zoneAtNoon();
    await boards.define('b', { operator: 'increment', windows: WINDOWS, timeZone });
    await boards.define('plain', { scores: 'int53', tieBreak: 'member', windows: WINDOWS, timeZone });

    const accepted = { b: 0, plain: 0 };
    let isOver = false;
    /** Sent until it is accepted, under one id. */
    const increment = async (board: 'b' | 'plain'): Promise<void> => {
      const entry = { member: 'ada', score: 1, operator: 'increment', requestId: randomUUID() } as const;
      const isAccepted = () => boards.submit(board, entry);
      await waitFor(isAccepted, { what: 'an increment to be accepted', timeoutMs: 60_000 });
      accepted[board] += 1;
    };
    const caller = async (board: 'b' | 'plain') => {
      while (!isOver) await increment(board);
    };
    const callers = Array.from({ length: AT_ONCE }, (_, n) => caller(n % 2 ? 'b' : 'plain'));
    for (let cut = 0; cut < CUTS; cut += 1) {
      // Carried out, and the reply lost; each third time what is sent again is cut too, wherever it is.
      const lost = await proxy.loseNextReply({ containing: /:leaderboard:/ });
      expect(lost?.request.toString('latin1')).toContain(':leaderboard:');
      if (cut % 3 === 0) proxy.cutAll();
      const enough = accepted.b + accepted.plain + 2 * AT_ONCE;
      await waitFor(() => accepted.b + accepted.plain > enough, { what: 'increments to go on' });
    }
    isOver = true;
    await Promise.all(callers);
    await proxy.close();

    const there = (await TestApp.start({ REDIS_URL: redis.url }, leaderboardsWith())).get(LeaderboardService);
    for (const board of ['b', 'plain'] as const) {
      expect(accepted[board]).toBeGreaterThan(CUTS / 2);
      for (const window of WINDOWS) {
        expect((await there.member(board, 'ada', { window })).score).toBe(BigInt(accepted[board]));
      }
    }
  }, 180_000);
});

describe('a frozen Redis', () => {
  it('is a 503 within the deadline, and what is sent again is counted once', async () => {
    const redis = await TestRedis.start();
    const settings = { REDIS_URL: redis.url, REDIS_COMMAND_TIMEOUT_MS: String(DEADLINE_MS) };
    const app = await TestApp.start(settings, leaderboardsWith());
    const board = '/v1/leaderboards/b';
    await app.request('PUT', board, { body: { operator: 'increment', windows: WINDOWS } });
    const headers = { 'idempotency-key': randomUUID() };
    const submit = (own = {}) =>
      app.request('POST', `${board}/scores`, { body: { member: 'ada', score: 1 }, headers: own });
    await submit();
    redis.freeze();
    const startedAt = performance.now();
    const answers = await Promise.all([
      submit(headers),
      app.request('POST', `${board}/scores/batch`, { body: { entries: [{ member: 'bob', score: 1 }] } }),
      app.request('GET', `${board}/ranks`),
      app.request('POST', `${board}/ranks/query`, { body: { members: ['ada'] } }),
      app.request('GET', `${board}/members/ada`),
      app.request('GET', `${board}/members/ada/neighbours`),
      app.request('DELETE', `${board}/members/bob`),
      app.request('GET', board),
      app.request('PUT', '/v1/leaderboards/new', { body: {} }),
      app.request('DELETE', '/v1/leaderboards/other'),
    ]);
    expect(performance.now() - startedAt).toBeLessThan(DEADLINE_MS + SLACK_MS);
    for (const { status, body, headers: given } of answers) {
      expect([status, body.code]).toEqual([503, 'STATE_STORE_UNAVAILABLE']);
      expect(given.get('retry-after')).toBe('1');
    }
    redis.thaw();
    const again = async () => (await submit(headers)).status === 200;
    await waitFor(again, { what: 'the increment to be accepted', timeoutMs: 60_000 });
    expect((await app.request('GET', `${board}/members/ada`)).body.score).toBe(2);
  });
});

describe('a Redis that is killed and started again from its append-only file', () => {
  const DEFINITIONS = [
    { scores: 'int64', tieBreak: 'first', order: 'desc' },
    { scores: 'int64', tieBreak: 'last', order: 'asc' },
    { scores: 'int64', tieBreak: 'member', order: 'desc' },
    { scores: 'int53', tieBreak: 'member', order: 'asc' },
  ] as const;
  const SIZE = 300;

  it('has every board as it was: windows, ties, metadata, ends and what comes next', async () => {
    let redis = await TestRedis.start({ args: DURABLE });
    const app = await TestApp.start({ REDIS_URL: redis.url }, leaderboardsWith());
    const boards = app.get(LeaderboardService);
    const all = DEFINITIONS.map((definition, n) => ({ name: `b${n}`, ...definition }));
    for (const { name, ...definition } of all) {
      await boards.define(name, { ...definition, windows: WINDOWS, timeZone: zoneAtNoon() });
      const entries = Array.from({ length: SIZE }, (_, n) => ({
        member: `m${n}`,
        score: n % 5,
        metadata: n % 2 ? { n } : undefined,
      }));
      await boards.submitMany(name, entries);
      await boards.submitMany(name, [...entries].reverse().slice(0, 90), { requestId: 'x' });
      for (let n = 0; n < SIZE; n += 4) {
        await boards.submit(name, { member: `m${n}`, score: (n % 3) - 1, operator: 'increment' });
      }
      for (let n = 0; n < SIZE; n += 9) await boards.removeMember(name, `m${n}`);
    }
    const seen = async () => {
      const lists = all.flatMap(({ name }) =>
        WINDOWS.map((window) => boards.top(name, { window, limit: 1000 })),
      );
      const keys = (await redis.client.keys('holdfast:*')).sort();
      const ends = await Promise.all(keys.map((key) => redis.client.pexpiretime(key)));
      return { lists: await Promise.all(lists), ends: keys.map((key, index) => [key, ends[index]]) };
    };
    const before = await seen();
    expect(before.lists).toHaveLength(all.length * WINDOWS.length);

    await redis.kill();
    redis = await redis.restart(DURABLE);
    await waitFor(() => boards.definition('b0'), { what: 'Redis to be back' });
    expect(await seen()).toEqual(before);

    // Who comes now came after all others, and a request from before is known.
    for (const [n, last] of [true, false].entries()) {
      const { items } = await boards.top(`b${n}`, { limit: 1000 });
      await boards.submit(`b${n}`, { member: 'new', score: 2, operator: 'set' });
      const equals = (await boards.top(`b${n}`, { limit: 1000 })).items.filter(({ score }) => score === 2n);
      expect(equals[last ? equals.length - 1 : 0].member).toBe('new');
      expect(equals.filter(({ member }) => member !== 'new').map(({ member }) => member)).toEqual(
        items.filter(({ score }) => score === 2n).map(({ member }) => member),
      );
    }
    expect(await redis.client.hget(boardKey('b0', 'board'), 'changes')).not.toBeNull();
  }, 120_000);
});

describe('a board in a Redis that has lost it', () => {
  it('is not found, and can be made again', async () => {
    const redis = await TestRedis.start();
    const boards = (await TestApp.start({ REDIS_URL: redis.url }, leaderboardsWith())).get(
      LeaderboardService,
    );
    await boards.define('b');
    await boards.submit('b', { member: 'ada', score: 1 });
    await redis.client.flushall();
    expect(await codeOf(boards.submit('b', { member: 'ada', score: 1 }))).toBe('LEADERBOARD_NOT_FOUND');
    expect(await codeOf(boards.top('b'))).toBe('LEADERBOARD_NOT_FOUND');
    expect(await redis.keys()).toEqual([]);
    await boards.define('b');
    expect(await boards.submit('b', { member: 'ada', score: 1 })).toMatchObject({
      previousScore: null,
      rank: 1,
    });
  });
});
