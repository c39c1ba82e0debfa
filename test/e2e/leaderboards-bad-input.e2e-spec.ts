import { randomBytes } from 'node:crypto';
import { TestApp } from '../support/app.js';
import type { TestAnswer, TestRequest } from '../support/http.js';
import { boardContents, leaderboardsWith, zoneAtNoon } from '../support/leaderboards.js';
import { TestRedis } from '../support/redis-server.js';

const BOARD = '/v1/leaderboards/b';
const PLAIN = '/v1/leaderboards/plain';

let redis: TestRedis;
let app: TestApp;
let contents: Record<string, string>;

beforeAll(async () => {
  redis = await TestRedis.start();
  app = await TestApp.start({ REDIS_URL: redis.url }, leaderboardsWith());
  const windowed = { windows: ['all-time', 'daily'], timeZone: zoneAtNoon() };
  await app.request('PUT', BOARD, { body: windowed });
  await app.request('PUT', PLAIN, { body: { ...windowed, scores: 'int53', tieBreak: 'member' } });
  const entries = ['ada', 'bob', 'cyd'].map((member, score) => ({ member, score, metadata: { score } }));
  for (const board of [BOARD, PLAIN])
    await app.request('POST', `${board}/scores/batch`, { body: { entries } });
  contents = await boardContents(redis);
});

/** A problem that names the fault, and every board as it was. */
async function expectRefused(answer: TestAnswer, path?: string): Promise<void> {
  expect({ status: answer.status, code: answer.body.code }).toEqual({
    status: 400,
    code: 'VALIDATION_FAILED',
  });
  const faults = (answer.body.errors as { path: string }[]).map((each) => each.path);
  if (path !== undefined) expect(faults).toContain(path);
  expect(await boardContents(redis)).toEqual(contents);
}

const JSON_TYPE = { 'content-type': 'application/json' };
const post = (path: string, body: TestRequest['body'], headers = {}) =>
  app.request('POST', `${BOARD}${path}`, { body, headers });

describe('a score that is refused', () => {
  it.each(['NaN', 'Infinity'])('is %s, which no JSON has', async (score) => {
    const answer = await post('/scores', `{"member":"ada","score":${score}}`, JSON_TYPE);
    expect(answer.status).toBe(400);
    expect(await boardContents(redis)).toEqual(contents);
  });

  it.each([
    '1e400',
    '-1e400',
    '1.5',
    '1e-7',
    '9007199254740992',
    '9007199254740993',
    '-9007199254740992',
    '1e20',
    '"9223372036854775808"',
    '"-9223372036854775809"',
    `"${'9'.repeat(5000)}"`,
    '"NaN"',
    '"Infinity"',
    '"1e3"',
    '"1.0"',
    '"0x10"',
    '"+1"',
    '" 1"',
    '"1\\n"',
    '"01"',
    '"1_000"',
    '"١"',
    '""',
    'null',
    'true',
    '[1]',
    '{"$numberLong":"1"}',
  ])('is %s', async (score) => {
    const entry = `{"member":"ada","score":${score}}`;
    await expectRefused(await post('/scores', entry, JSON_TYPE), 'score');
    await expectRefused(
      await post('/scores/batch', `{"entries":[{"member":"bob","score":9},${entry}]}`, JSON_TYPE),
      'entries.1.score',
    );
  });

  it.each(['"9007199254740992"', '"-9007199254740992"', '"9223372036854775807"'])(
    'is %s, where a board has plain doubles',
    async (score) => {
      for (const operator of ['best', 'set', 'increment', 'decrement']) {
        const body = `{"member":"ada","operator":"${operator}","score":${score}}`;
        await expectRefused(
          await app.request('POST', `${PLAIN}/scores`, { body, headers: JSON_TYPE }),
          'score',
        );
      }
    },
  );
});

describe('an entry that is refused', () => {
  it.each([
    ['no member', { score: 1 }, 'member'],
    ['no score', { member: 'ada' }, 'score'],
    ['an empty member', { member: '', score: 1 }, 'member'],
    ['a member of 257 bytes', { member: `${'é'.repeat(128)}x`, score: 1 }, 'member'],
    ['a number as member', { member: 1, score: 1 }, 'member'],
    ['an unknown operator', { member: 'ada', score: 1, operator: 'max' }, 'operator'],
    ['the operator of a script', { member: 'ada', score: 1, operator: 'add' }, 'operator'],
    ['metadata of 4097 bytes', { member: 'ada', score: 1, metadata: 'x'.repeat(4095) }, 'metadata'],
    ['an unknown property', { member: 'ada', score: 1, rank: 1 }, 'rank'],
    ['a window', { member: 'ada', score: 1, window: 'daily' }, 'window'],
    ['a request id', { member: 'ada', score: 1, requestId: 'x' }, 'requestId'],
  ])('has %s', async (_, body, path) => {
    await expectRefused(await post('/scores', body), path);
    await expectRefused(await post('/scores/batch', { entries: [body] }), `entries.0.${path}`);
  });

  it('has half a surrogate pair in its member', async () => {
    const body = String.raw`{"member":"a\ud800","score":1}`;
    await expectRefused(await post('/scores', body, JSON_TYPE), 'member');
  });

  it.each([
    ['nothing', undefined],
    ['a list', [{ member: 'ada', score: 1 }]],
    ['no entries', {}],
    ['an empty list of entries', { entries: [] }],
    ['1001 entries', { entries: Array.from({ length: 1001 }, () => ({ member: 'ada', score: 9 })) }],
    ['entries that are no list', { entries: { member: 'ada', score: 1 } }],
    ['entries that are null', { entries: [null] }],
    ['entries that are lists', { entries: [[]] }],
    ['more than entries', { entries: [{ member: 'ada', score: 9 }], window: 'daily' }],
  ])('comes in a batch of %s', async (_, body) => {
    await expectRefused(await post('/scores/batch', body));
  });
});

describe('a definition that is refused', () => {
  it.each([
    ['order', 'up'],
    ['operator', 'max'],
    ['tieBreak', 'random'],
    ['scores', 'double'],
    ['scores', 'int53'],
    ['windows', []],
    ['windows', 'daily'],
    ['windows', ['hourly']],
    ['windows', ['daily', 7]],
    ['timeZone', 'Mars/Base'],
    ['timeZone', '+01:00'],
    ['timeZone', '-00:30'],
    ['timeZone', ''],
    ['timeZone', 'x'.repeat(1000)],
    ['timeZone', 'Europe/Berlin\n'],
    ['timeZone', 'PST'],
    ['timeZone', 'JST'],
    ['timeZone', 1],
    ['retentionMs', -1],
    ['retentionMs', 1.5],
    ['retentionMs', '1000'],
    ['retentionMs', 3660 * 86_400_000 + 1],
    ['name', 'b'],
    ['version', 'x'],
  ])('has %s: %j', async (property, value) => {
    const body = { [property]: value };
    const path = value === 'int53' ? 'tieBreak' : property;
    await expectRefused(await app.request('PUT', '/v1/leaderboards/new', { body }), path);
    await expectRefused(await app.request('PUT', BOARD, { body }), path);
  });

  it('has a name that is empty, or of 257 bytes', async () => {
    for (const name of ['', 'x'.repeat(257)]) {
      const path = `/v1/leaderboards/${name}`;
      await expectRefused(await app.request('PUT', path, { body: {} }));
      await expectRefused(await app.request('GET', `${path}/ranks`));
    }
  });
});

describe('a question that is refused', () => {
  const lists = ['/ranks', '/members/ada', '/members/ada/neighbours'];

  it.each([
    ...['0', '1001', '-1', '1.5', '1e1', 'ten', '', '10000000000', '10&limit=20', '0x5'].map((limit) => [
      '/ranks',
      `limit=${limit}`,
      'limit',
    ]),
    ...['101', '-1', '0.5', 'all', '', '1&radius=2'].map((radius) => [
      '/members/ada/neighbours',
      `radius=${radius}`,
      'radius',
    ]),
    ...lists.flatMap((list) =>
      ['hourly', '', 'ALL-TIME', 'weekly', 'daily&window=daily', 'constructor'].map((window) => [
        list,
        `window=${window}`,
        'window',
      ]),
    ),
    ...lists.flatMap((list) =>
      [
        '2026-02-30',
        '2026-13-01',
        '2025-02-29',
        '2026-2-3',
        '2026-11-30T25:00:00Z',
        '2026-11-30T12:00:00',
        '2026-W49',
        '2026-11',
        '%2B999999-01-01T00:00:00Z',
        'yesterday',
        '1764500000000',
        '',
        '2026-11-30&at=2026-11-30',
      ].flatMap((at) => [
        [list, `at=${at}`, 'at'],
        [list, `window=daily&at=${at}`, 'at'],
      ]),
    ),
    ...lists.map((list) => [list, 'offset=1', 'offset']),
  ])('asks %s?%s', async (list, query, path) => {
    await expectRefused(await app.request('GET', `${BOARD}${list}?${query}`), path);
  });

  it.each([
    ['no members', {}, 'members'],
    ['an empty list of members', { members: [] }, 'members'],
    ['1001 members', { members: Array.from({ length: 1001 }, (_, n) => `m${n}`) }, 'members'],
    ['a member that is empty', { members: ['ada', ''] }, 'members'],
    ['a member that is a number', { members: [1] }, 'members'],
    ['members that are no list', { members: 'ada' }, 'members'],
    ['an unknown window', { members: ['ada'], window: 'hourly' }, 'window'],
    ['a window of other boards', { members: ['ada'], window: 'weekly' }, 'window'],
    ['a date that is none', { members: ['ada'], at: '2026-02-30' }, 'at'],
    ['an unknown property', { members: ['ada'], limit: 1 }, 'limit'],
  ])('asks for %s', async (_, body, path) => {
    await expectRefused(await post('/ranks/query', body), path);
  });

  it('asks for a member of 257 bytes', async () => {
    const path = `${BOARD}/members/${'x'.repeat(257)}`;
    await expectRefused(await app.request('GET', path), 'member');
    await expectRefused(await app.request('GET', `${path}/neighbours`), 'member');
    await expectRefused(await app.request('DELETE', path), 'member');
  });
});

describe('a cursor that is refused', () => {
  const cursorOf = async (board: string, query = '') =>
    (await app.request('GET', `${board}/ranks?limit=1${query}`)).body.nextCursor as string;
  const ask = (board: string, cursor: string, query = '') =>
    app.request('GET', `${board}/ranks?cursor=${encodeURIComponent(cursor)}${query}`);

  it('is of another board, of either encoding', async () => {
    const [one, other] = [await cursorOf(BOARD), await cursorOf(PLAIN)];
    expect((await ask(BOARD, one)).body.items).toHaveLength(2);
    expect((await ask(PLAIN, other)).body.items).toHaveLength(2);
    await expectRefused(await ask(PLAIN, one), 'cursor');
    await expectRefused(await ask(BOARD, other), 'cursor');
  });

  it('is of another window, or of another day', async () => {
    const [allTime, daily] = [await cursorOf(BOARD), await cursorOf(BOARD, '&window=daily')];
    expect((await ask(BOARD, daily, '&window=daily')).body.items).toHaveLength(2);
    await expectRefused(await ask(BOARD, daily), 'cursor');
    await expectRefused(await ask(BOARD, allTime, '&window=daily'), 'cursor');
    await expectRefused(await ask(BOARD, daily, '&window=daily&at=2020-01-01'), 'cursor');
  });

  it('has been made of other bytes, of any length', async () => {
    for (const board of [BOARD, PLAIN]) {
      const real = Buffer.from(await cursorOf(board), 'base64url');
      const forged = [
        '',
        'x',
        '=',
        '%00',
        '☃',
        `${real.toString('base64url')}=`,
        `${real.toString('base64url')}\n`,
        real.toString('base64'),
        real.toString('base64url').padEnd(1025, 'A'),
        'A'.repeat(8000),
        ...Array.from({ length: 20 }, (_, n) => real.subarray(0, n).toString('base64url')),
        ...Array.from({ length: 100 }, (_, n) => randomBytes(n).toString('base64url')),
        // Its board and period, and no place.
        real.subarray(0, real.indexOf(0, 9) + 1).toString('base64url'),
        ...['all-time 1', 'all-time 99999999999999', 'daily 1', 'weekly 0', 'hourly 0', ' 0'].map((period) =>
          Buffer.concat([
            real.subarray(0, 9),
            Buffer.from(`${period}\0`),
            real.subarray(real.indexOf(0, 9) + 1),
          ]).toString('base64url'),
        ),
      ];
      for (const cursor of forged) await expectRefused(await ask(board, cursor), 'cursor');
    }
  });

  it('leads nowhere that is wrong, whatever place it names', async () => {
    for (const board of [BOARD, PLAIN]) {
      const real = Buffer.from(await cursorOf(board), 'base64url');
      const start = real.indexOf(0, 9) + 1;
      const places = Array.from({ length: 200 }, (_, n) => randomBytes(1 + n));
      const numbers = ['0 ', '-0 \u0000', '9999999999999999 x', '-9999999999999999 x', '1 \n', '1  '];
      for (const place of [...places, ...numbers.map((text) => Buffer.from(text))]) {
        const cursor = Buffer.concat([real.subarray(0, start), place]).toString('base64url');
        const { status, body } = await ask(board, cursor);
        expect([200, 400]).toContain(status);
        if (status === 200) expect(body.items).toHaveLength(body.total - (body.items[0]?.rank ?? 4) + 1);
      }
    }
    expect(await boardContents(redis)).toEqual(contents);
  });
});
