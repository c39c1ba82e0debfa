import { randomUUID } from 'node:crypto';
import { TestApp } from '../support/app.js';
import type { TestAnswer } from '../support/http.js';
import { boardContents, leaderboardsWith, zoneAtNoon } from '../support/leaderboards.js';
import { TestRedis } from '../support/redis-server.js';

let redis: TestRedis;
let a: TestApp;
let b: TestApp;

beforeAll(async () => {
  redis = await TestRedis.start();
  const start = () => TestApp.start({ REDIS_URL: redis.url }, leaderboardsWith());
  [a, b] = [await start(), await start()];
});

beforeEach(() => redis.client.flushall());

const BOARD = '/v1/leaderboards/b';
const define = (body: object = {}, path = BOARD) => a.request('PUT', path, { body });
const submit = (member: string, score: number | string, more: object = {}, headers = {}) =>
  b.request('POST', `${BOARD}/scores`, { body: { member, score, ...more }, headers });
const submitAll = (entries: unknown[], headers = {}) =>
  b.request('POST', `${BOARD}/scores/batch`, { body: { entries }, headers });
const top = async (query = '') => (await a.request('GET', `${BOARD}/ranks${query}`)).body;
const standing = (member: string) => a.request('GET', `${BOARD}/members/${encodeURIComponent(member)}`);

const refused = ({ status, body }: TestAnswer) => [status, body.code];

describe('a definition', () => {
  const whole = {
    name: 'b',
    order: 'desc',
    operator: 'best',
    windows: ['all-time'],
    timeZone: 'UTC',
    tieBreak: 'first',
    scores: 'int64',
    retentionMs: 90 * 86_400_000,
  };

  it('has defaults, is made once, and is shown by every replica', async () => {
    expect(refused(await b.request('GET', BOARD))).toEqual([404, 'LEADERBOARD_NOT_FOUND']);
    const withoutBody = await a.request('PUT', BOARD);
    for (const answer of [withoutBody, await define(), await b.request('GET', BOARD)]) {
      expect(answer).toMatchObject({ status: 200, body: whole });
    }
  });

  it('names its windows widest first, once each', async () => {
    const { body } = await define({ windows: ['daily', 'all-time', 'daily', 'weekly', 'monthly'] });
    expect(body.windows).toEqual(['all-time', 'monthly', 'weekly', 'daily']);
    expect((await define({ windows: body.windows })).status).toBe(200);
  });

  it('changes in operator and retentionMs, for other replicas too, and in nothing else', async () => {
    await define();
    await submit('ada', 5);
    expect((await define({ operator: 'increment', retentionMs: 0 })).body).toEqual({
      ...whole,
      operator: 'increment',
      retentionMs: 0,
    });
    expect((await submit('ada', 3)).body).toMatchObject({ score: 8, previousScore: 5 });
    const before = await boardContents(redis);
    const others = [
      { order: 'asc' },
      { windows: ['daily'] },
      { timeZone: 'Europe/Berlin' },
      { tieBreak: 'last' },
      { scores: 'int53', tieBreak: 'member' },
    ];
    for (const other of others) expect(refused(await define(other))).toEqual([409, 'LEADERBOARD_FIXED']);
    expect(await boardContents(redis)).toEqual(before);
  });

  it('goes with all its scores, and may then be another', async () => {
    await define({ windows: ['all-time', 'daily', 'weekly', 'monthly'] });
    await submit('ada', 5, { metadata: 1 });
    expect((await a.request('DELETE', BOARD)).status).toBe(204);
    expect(await redis.keys()).toEqual([]);
    for (const answer of [
      await submit('ada', 5),
      await standing('ada'),
      await a.request('DELETE', BOARD),
      await a.request('GET', `${BOARD}/ranks`),
      await a.request('DELETE', `${BOARD}/members/ada`),
      await a.request('POST', `${BOARD}/ranks/query`, { body: { members: ['ada'] } }),
      await a.request('GET', `${BOARD}/members/ada/neighbours`),
      await submitAll([{ member: 'ada', score: 1 }]),
    ]) {
      expect(refused(answer)).toEqual([404, 'LEADERBOARD_NOT_FOUND']);
    }
    expect((await define({ order: 'asc' })).status).toBe(200);
    expect(await top()).toEqual({ items: [], total: 0, nextCursor: null });
  });
});

describe('a score', () => {
  it.each([
    ['desc', 'best', [5, 3, 7], [5, 5, 7]],
    ['asc', 'best', [5, 7, 3], [5, 5, 3]],
    ['desc', 'set', [5, 3, 3], [5, 3, 3]],
    ['asc', 'increment', [5, 3, -10, 0], [5, 8, -2, -2]],
    ['desc', 'decrement', [5, -8, 0], [-5, 3, 3]],
  ])('on a board of order %s is filed by operator %s', async (order, operator, scores, expected) => {
    await define({ order });
    let previousScore: number | null = null;
    for (const [index, score] of scores.entries()) {
      const now: number = expected[index];
      expect((await submit('ada', score, { operator })).body).toEqual({
        member: 'ada',
        score: now,
        previousScore,
        rank: 1,
        changed: now !== previousScore,
      });
      previousScore = now;
    }
  });

  it('is exact to 64 bits: a number where that is, else digits', async () => {
    await define({ operator: 'set' });
    const scores = [
      9_007_199_254_740_991,
      '9007199254740992',
      '9007199254740993',
      '9223372036854775807',
      '-9007199254740993',
      '-9223372036854775808',
      -9_007_199_254_740_991,
    ];
    for (const [index, score] of scores.entries()) {
      expect((await submit(`m${index}`, score)).body).toMatchObject({ score, previousScore: null });
      expect((await standing(`m${index}`)).body.score).toBe(score);
    }
    expect((await submit('m0', '7')).body).toMatchObject({ score: 7, previousScore: scores[0] });
    expect((await top()).items.map(({ score }: { score: unknown }) => score)).toEqual([
      scores[3],
      scores[2],
      scores[1],
      7,
      scores[6],
      scores[4],
      scores[5],
    ]);
  });

  it('that a sum would leave its range by is refused, and filed in no window', async () => {
    await define({ operator: 'increment', windows: ['all-time', 'daily'] });
    await submit('ada', '9223372036854775807');
    const before = await boardContents(redis);
    expect(refused(await submit('ada', 1))).toEqual([409, 'SCORE_OUT_OF_RANGE']);
    expect(refused(await submit('ada', '-9223372036854775808', { operator: 'decrement' }))).toEqual([
      409,
      'SCORE_OUT_OF_RANGE',
    ]);
    expect(await boardContents(redis)).toEqual(before);
    expect((await submit('ada', -1)).body.score).toBe('9223372036854775806');
  });

  it('has metadata, which a score that changes nothing of the best does not replace, and null takes away', async () => {
    await define();
    const kept = async () => (await standing('ada')).body.metadata;
    await submit('ada', 5);
    expect(await kept()).toBeNull();
    for (const [index, metadata] of [{ level: 7 }, [1, '☃'], 'null', '', 0, false].entries()) {
      await submit('ada', 10 + index, { metadata });
      expect(await kept()).toEqual(metadata);
      expect((await top()).items[0].metadata).toEqual(metadata);
    }
    await submit('ada', 20);
    await submit('ada', 19, { metadata: 'worse' });
    await submit('ada', 20, { metadata: 'equal' });
    expect(await kept()).toBe(false);
    await submit('ada', 20, { operator: 'set', metadata: 'set' });
    expect(await kept()).toBe('set');
    await submit('ada', 21, { metadata: null });
    expect(await kept()).toBeNull();
    expect(await redis.keys()).toHaveLength(4);
  });
});

describe('several scores', () => {
  it('are filed one after the other, up to 1000, and answered in their order', async () => {
    await define({ operator: 'increment' });
    const entries = Array.from({ length: 1000 }, (_, n) => ({ member: `m${n % 400}`, score: n }));
    const { status, body } = await submitAll(entries);
    expect({ status, count: body.items.length }).toEqual({ status: 200, count: 1000 });
    expect(body.items[999]).toEqual({
      member: 'm199',
      score: 199 + 599 + 999,
      previousScore: 199 + 599,
      rank: 1,
      changed: true,
    });
    expect((await top()).total).toBe(400);
  });

  it('are none of them filed when one is not valid, and but one when it would leave its range', async () => {
    await define({ operator: 'increment' });
    const valid = Array.from({ length: 998 }, (_, n) => ({ member: `m${n}`, score: 1 }));
    const before = await boardContents(redis);
    for (const bad of [
      { score: 1 },
      { member: '', score: 1 },
      { member: 'x', score: 1.5 },
      { member: 'x', score: 1, operator: 'max' },
      { member: 'x', score: 1, metadata: 'x'.repeat(4095) },
      { member: 'x', score: 1, more: 1 },
      null,
    ]) {
      const answer = await submitAll([...valid, bad, valid[0]]);
      expect(refused(answer)).toEqual([400, 'VALIDATION_FAILED']);
    }
    expect(await boardContents(redis)).toEqual(before);
    const most = { member: 'most', score: '9223372036854775807' };
    const { body } = await submitAll([most, { ...most, score: 1 }, { ...most, score: -7 }]);
    expect(body.items).toMatchObject([
      { changed: true },
      { member: 'most', code: 'SCORE_OUT_OF_RANGE' },
      { score: '9223372036854775800', changed: true },
    ]);
  });
});

describe('members', () => {
  beforeEach(async () => {
    await define({ windows: ['all-time', 'daily'], timeZone: zoneAtNoon() });
    await submitAll(Array.from({ length: 9 }, (_, n) => ({ member: `m${n + 1}`, score: -n, metadata: n })));
  });

  it('are shown with rank, total and percentile', async () => {
    const shown = async (member: string) => (await standing(member)).body;
    expect(await shown('m1')).toEqual({
      rank: 1,
      member: 'm1',
      score: 0,
      metadata: 0,
      total: 9,
      percentile: 100,
    });
    expect(await shown('m3')).toMatchObject({ rank: 3, total: 9, percentile: 75 });
    expect(await shown('m9')).toMatchObject({ rank: 9, total: 9, percentile: 0 });
    expect(refused(await standing('m10'))).toEqual([404, 'MEMBER_NOT_RANKED']);
  });

  it.each([
    ['m5', 2, [3, 4, 5, 6, 7]],
    ['m1', 2, [1, 2, 3, 4, 5]],
    ['m2', 2, [1, 2, 3, 4, 5]],
    ['m9', 2, [5, 6, 7, 8, 9]],
    ['m4', 0, [4]],
    ['m8', 4, [1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['m2', 100, [1, 2, 3, 4, 5, 6, 7, 8, 9]],
  ])(
    'are shown around %s, %i on each side, and more of one where the other ends',
    async (m, radius, ranks) => {
      const { body } = await a.request(
        'GET',
        `${BOARD}/members/${m}/neighbours?radius=${radius}&window=daily`,
      );
      expect(body.items.map(({ rank }: { rank: number }) => rank)).toEqual(ranks);
      expect(body.items[0]).toEqual({
        rank: ranks[0],
        member: `m${ranks[0]}`,
        score: 1 - ranks[0],
        metadata: ranks[0] - 1,
      });
      expect(body.total).toBe(9);
    },
  );

  it('are ranked among themselves, the best first, without those who are not ranked', async () => {
    const body = { members: ['m9', 'nobody', 'm2', 'm5', 'm2'], window: 'daily' };
    const answer = await a.request('POST', `${BOARD}/ranks/query`, { body });
    expect(answer).toMatchObject({ status: 200, body: { total: 9 } });
    expect(answer.body.items).toEqual([
      { rank: 2, member: 'm2', score: -1, metadata: 1, rankAmong: 1 },
      { rank: 5, member: 'm5', score: -4, metadata: 4, rankAmong: 2 },
      { rank: 9, member: 'm9', score: -8, metadata: 8, rankAmong: 3 },
    ]);
  });

  it('are taken out of every window, with all that is kept of them', async () => {
    expect((await b.request('DELETE', `${BOARD}/members/m1`)).status).toBe(204);
    expect(refused(await b.request('DELETE', `${BOARD}/members/m1`))).toEqual([404, 'MEMBER_NOT_RANKED']);
    for (const window of ['all-time', 'daily']) {
      const { items, total } = await top(`?window=${window}&limit=1`);
      expect([items[0].member, total]).toEqual(['m2', 8]);
    }
    await submit('m1', -100);
    expect((await standing('m1')).body).toMatchObject({ rank: 9, score: -100, metadata: null });
    for (let n = 1; n <= 9; n += 1) await b.request('DELETE', `${BOARD}/members/m${n}`);
    expect(await redis.keys()).toHaveLength(2);
  });
});

describe('an Idempotency-Key', () => {
  it('counts one increment of many requests, also when the answer was not kept', async () => {
    await define({ operator: 'increment' });
    const headers = { 'idempotency-key': randomUUID() };
    const first = await submit('ada', 5, {}, headers);
    const again = await submit('ada', 5, {}, headers);
    expect(again.text).toBe(first.text);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect((await submit('ada', 6, {}, headers)).status).toBe(422);
    await redis.client.unlink(await redis.client.keys('*:idempotency:*'));
    expect((await submit('ada', 5, {}, headers)).text).toBe(first.text);
    expect((await standing('ada')).body.score).toBe(5);
  });

  it('counts a batch once', async () => {
    await define({ operator: 'increment' });
    const headers = { 'idempotency-key': randomUUID() };
    const entries = Array.from({ length: 250 }, () => ({ member: 'ada', score: 1 }));
    const first = await submitAll(entries, headers);
    await redis.client.unlink(await redis.client.keys('*:idempotency:*'));
    const again = await submitAll(entries, headers);
    expect(again.text).toBe(first.text);
    expect((await standing('ada')).body.score).toBe(250);
  });

  it('is free for the next try when the score was out of range', async () => {
    await define({ operator: 'increment' });
    const headers = { 'idempotency-key': randomUUID() };
    await submit('ada', '9223372036854775807');
    expect(refused(await submit('ada', 5, {}, headers))).toEqual([409, 'SCORE_OUT_OF_RANGE']);
    await submit('ada', 0, { operator: 'set' });
    expect((await submit('ada', 5, {}, headers)).body.score).toBe(5);
  });
});
