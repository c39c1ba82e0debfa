import { LeaderboardService } from '../../src/leaderboard/index.js';
import { TestApp } from '../support/app.js';
import { leaderboardsWith } from '../support/leaderboards.js';
import { TestRedis } from '../support/redis-server.js';

const IDS = [
  ':',
  'a:b',
  '{',
  '}',
  '{a}',
  '}:all-time',
  ' ',
  '  ',
  ' a',
  'a ',
  'a b',
  '\n',
  'a\nb',
  '\r\n',
  '\t',
  '\u0000',
  'a\u0000',
  'a\u0000b',
  '%',
  '%25',
  '%00',
  '*',
  '[a-z]?',
  '(a',
  '[a',
  '+',
  '-',
  '-inf',
  '0',
  '00',
  '1e400',
  'nan',
  'null',
  '__proto__',
  'constructor',
  '.',
  '..',
  '/',
  'a',
  'aa',
  'aaa',
  'aab',
  'ab',
  'A',
  'é',
  'e\u0301',
  'ÿ',
  '\u007f',
  '\u0080',
  '☃',
  '☃☃',
  '👩‍🚀',
  '\uffff',
  '\ufffd',
  '\u{10000}',
  '\u{10ffff}',
  'x'.repeat(255),
  'x'.repeat(256),
  '\u{10ffff}'.repeat(64),
  '\u0000'.repeat(256),
];

/** UTF-16, by which JavaScript sorts, has another order than the bytes. */
const SORTED = [...IDS].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));

let redis: TestRedis;
let app: TestApp;
let boards: LeaderboardService;

beforeAll(async () => {
  redis = await TestRedis.start();
  app = await TestApp.start({ REDIS_URL: redis.url }, leaderboardsWith());
  boards = app.get(LeaderboardService);
});

beforeEach(() => redis.client.flushall());

describe.each([
  { scores: 'int64', tieBreak: 'member', order: 'desc' },
  { scores: 'int64', tieBreak: 'member', order: 'asc' },
  { scores: 'int53', tieBreak: 'member', order: 'desc' },
  { scores: 'int53', tieBreak: 'member', order: 'asc' },
  { scores: 'int64', tieBreak: 'first', order: 'desc' },
] as const)('ids of any characters on a board of $scores, $tieBreak, $order', (definition) => {
  const byMember = definition.tieBreak === 'member';
  const expected = byMember ? SORTED : IDS;

  beforeEach(async () => {
    await boards.define('b', definition);
    const entries = IDS.map((member) => ({ member, score: 7, metadata: { member } }));
    await boards.submitMany('b', entries);
  });

  it('rank in the order of their bytes, in pages too', async () => {
    expect(SORTED).not.toEqual([...IDS].sort());
    const { items } = await boards.top('b', { limit: 1000 });
    expect(items.map(({ member }) => member)).toEqual(expected);
    expect(items.map(({ metadata }) => metadata)).toEqual(expected.map((member) => ({ member })));
    const read: string[] = [];
    for (let cursor: string | undefined; read.length === 0 || cursor;) {
      const page: Awaited<ReturnType<typeof boards.top>> = await boards.top('b', { limit: 1, cursor });
      read.push(...page.items.map(({ member }) => member));
      expect(read.length).toBeLessThanOrEqual(IDS.length);
      cursor = page.nextCursor ?? undefined;
    }
    expect(read).toEqual(expected);
  });

  it('are each found, alone, among others and with neighbours', async () => {
    const { items } = await boards.ranks('b', [...IDS, 'nobody']);
    expect(items.map(({ member }) => member)).toEqual(expected);
    for (const [index, member] of expected.entries()) {
      const rank = index + 1;
      const found = { rank, member, score: 7n, metadata: { member } };
      expect(items[index]).toEqual({ ...found, rankAmong: rank });
      expect(await boards.member('b', member)).toMatchObject(found);
      const around = await boards.neighbours('b', member, { radius: 1 });
      const first = Math.min(Math.max(0, index - 1), IDS.length - 3);
      expect(around.items.map((each) => each.member)).toEqual(expected.slice(first, first + 3));
    }
  });

  it('are each removed alone', async () => {
    for (const [index, member] of IDS.entries()) {
      await boards.removeMember('b', member);
      const left = expected.filter((each) => !IDS.slice(0, index + 1).includes(each));
      expect((await boards.top('b', { limit: 1000 })).items.map((each) => each.member)).toEqual(left);
    }
    expect(await redis.client.dbsize()).toBe(2);
  });
});

describe('boards of any name', () => {
  it('are apart from each other, over HTTP too', async () => {
    // A URL cannot name these two: it takes them for steps in a path.
    const names = IDS.filter((name) => name !== '.' && name !== '..');
    const path = (name: string) => `/v1/leaderboards/${encodeURIComponent(name)}`;
    for (const [score, name] of names.entries()) {
      const { status, body } = await app.request('PUT', path(name), { body: {} });
      expect([status, body.name]).toEqual([200, name]);
      await app.request('POST', `${path(name)}/scores`, { body: { member: name, score } });
    }
    for (const [score, name] of names.entries()) {
      const { body } = await app.request('GET', `${path(name)}/members/${encodeURIComponent(name)}`);
      expect(body).toMatchObject({ rank: 1, member: name, score, total: 1 });
      expect((await app.request('DELETE', path(name))).status).toBe(204);
    }
    expect(await redis.keys()).toEqual([]);
  });
});
