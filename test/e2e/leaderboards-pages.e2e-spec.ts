import { TestApp } from '../support/app.js';
import { boardKey, leaderboardsWith, renamePeriod, zoneAtNoon } from '../support/leaderboards.js';
import { Random } from '../support/random.js';
import { TestRedis } from '../support/redis-server.js';

interface Item {
  readonly rank: number;
  readonly member: string;
  readonly score: number;
}

let redis: TestRedis;
let app: TestApp;

beforeAll(async () => {
  redis = await TestRedis.start();
  app = await TestApp.start({ REDIS_URL: redis.url }, leaderboardsWith());
});

beforeEach(() => redis.client.flushall());

const BOARD = '/v1/leaderboards/b';
const define = (body: object) => app.request('PUT', BOARD, { body });
const submitAll = (entries: object[]) => app.request('POST', `${BOARD}/scores/batch`, { body: { entries } });
const set = (member: string, score: number) =>
  app.request('POST', `${BOARD}/scores`, { body: { member, score, operator: 'set' } });
const remove = (member: string) => app.request('DELETE', `${BOARD}/members/${encodeURIComponent(member)}`);

type Query = Readonly<Record<string, string | number | undefined>>;

async function page(query: Query) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  const { status, body } = await app.request('GET', `${BOARD}/ranks?${search}`);
  expect(status).toBe(200);
  return body as { items: Item[]; total: number; nextCursor: string | null };
}

/** Page by page to the end; `between` is what others do meanwhile. */
async function readAll(
  query: Query,
  between: (read: Item[]) => Promise<unknown> = () => Promise.resolve(),
): Promise<Item[]> {
  const read: Item[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const { items, nextCursor }: Awaited<ReturnType<typeof page>> = await page(
      cursor ? { ...query, cursor } : query,
    );
    read.push(...items);
    // A list that begins again and again would have no end.
    expect(read.length).toBeLessThan(2 * SIZE);
    cursor = nextCursor;
    if (cursor !== null) await between(read);
  }
  return read;
}

const ENCODINGS = [
  { scores: 'int64', tieBreak: 'first' },
  { scores: 'int64', tieBreak: 'last' },
  { scores: 'int64', tieBreak: 'member' },
  { scores: 'int53', tieBreak: 'member' },
];
const BOARDS = ENCODINGS.flatMap((each) => ['desc', 'asc'].map((order) => ({ ...each, order })));
const SIZE = 120;
const WORST = 1000;

/** Members of few scores: of each, many. */
const name = (n: number) => `m${String(n).padStart(3, '0')}`;
const crowd = () => Array.from({ length: SIZE }, (_, n) => ({ member: name(n), score: (n * 7) % 3 }));

describe.each(BOARDS)('pages of a board of $scores, $tieBreak, $order', (definition) => {
  const { order, tieBreak } = definition;
  const best = order === 'desc' ? WORST : -WORST;

  beforeEach(async () => {
    await define(definition);
    await submitAll(crowd());
  });

  it('have everybody once, as they rank, whatever the size of pages', async () => {
    const direction = order === 'desc' ? -1 : 1;
    const tie = tieBreak === 'last' ? -1 : 1;
    const expected = crowd()
      .map(({ member, score }, n) => ({ member, score, n }))
      .sort((one, other) => direction * (one.score - other.score) || tie * (one.n - other.n))
      .map(({ member, score }, index) => ({ rank: index + 1, member, score, metadata: null }));
    for (const limit of [1, 7, 40, 119, 120, 121, 1000]) expect(await readAll({ limit })).toEqual(expected);
  });

  it('meet who stays once and only once, while others move, go and come', async () => {
    const random = new Random(7);
    const staying = crowd().filter((_, n) => n % 3 === 0);
    const moving = crowd().filter((_, n) => n % 3 !== 0);
    let comers = 0;
    const read = await readAll({ limit: 9 }, async (before) => {
      // Who stood where the cursor is, too.
      const last = before[before.length - 1].member;
      const isStaying = staying.some(({ member }) => member === last);
      if (!isStaying) await (random.chance(0.5) ? remove(last) : set(last, best));
      for (let n = 0; n < 4; n += 1) {
        const { member } = random.pick(moving);
        if (random.chance(0.4)) await remove(member);
        else await set(member, random.integer(-1, 3));
      }
      await set(`m${random.integer(0, 9)}${(comers += 1)}-new`, random.integer(0, 2));
    });
    const met = read.filter(({ member }) => staying.some((each) => each.member === member));
    expect(met.map(({ member }) => member).sort()).toEqual(staying.map(({ member }) => member));
    // In the order of places: nobody is met before who ranked better then.
    const direction = order === 'desc' ? -1 : 1;
    const scores = read.map(({ score }) => score * direction);
    expect(scores).toEqual([...scores].sort((one, other) => one - other));
  });

  it('end when all behind the cursor are gone, and go on when they are back', async () => {
    const { items, nextCursor } = await page({ limit: 100 });
    const rest = await page({ cursor: nextCursor! });
    for (const { member } of (await page({ limit: 1000 })).items.slice(100)) await remove(member);
    expect(await page({ cursor: nextCursor! })).toEqual({ items: [], total: 100, nextCursor: null });
    const comer = { member: 'zzz', score: order === 'desc' ? -5 : 5 };
    await submitAll([comer]);
    const { items: back } = await page({ cursor: nextCursor! });
    expect(back).toEqual([{ rank: 101, ...comer, metadata: null }]);
    expect(rest.items[0].rank).toBe(101);
    for (const { member } of items) await remove(member);
    expect((await page({ cursor: nextCursor! })).items).toEqual([{ rank: 1, ...comer, metadata: null }]);
    await remove('zzz');
    expect(await page({ cursor: nextCursor! })).toEqual({ items: [], total: 0, nextCursor: null });
    expect(await page({})).toEqual({ items: [], total: 0, nextCursor: null });
  });
});

describe('pages of a day', () => {
  const dayOf = (timeZone: string, ms: number) =>
    new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short' }).format(ms);

  it.each(ENCODINGS)('go on in that day when it is over: %j', async (encoding) => {
    const timeZone = zoneAtNoon();
    const [today, yesterday] = [dayOf(timeZone, Date.now()), dayOf(timeZone, Date.now() - 86_400_000)];
    await define({ ...encoding, windows: ['all-time', 'daily'], timeZone });
    await submitAll(crowd().map((each) => ({ ...each, metadata: 'yesterday' })));
    await renamePeriod(redis, 'b', [`daily-${today}`, `daily-${yesterday}`]);
    await submitAll(crowd().map(({ member }) => ({ member, score: 5000, metadata: 'today' })));

    const first = await page({ window: 'daily', at: yesterday, limit: 50 });
    expect(first).toMatchObject({ total: SIZE, items: { length: 50 } });
    // Without `at` too: the cursor says of which day it is.
    for (const query of [{}, { at: yesterday }, { at: `${yesterday}T12:00:00Z` }]) {
      const next = await page({ ...query, window: 'daily', cursor: first.nextCursor!, limit: 1000 });
      expect(next).toMatchObject({ total: SIZE, nextCursor: null });
      expect(next.items[0]).toMatchObject({ rank: 51, metadata: 'yesterday' });
      expect(new Set([...first.items, ...next.items].map(({ member }) => member)).size).toBe(SIZE);
    }
    const present = await page({ window: 'daily', limit: 1 });
    expect(present.items[0]).toMatchObject({ score: 5000, metadata: 'today' });
    const at = { window: 'daily', at: today, cursor: first.nextCursor! };
    const other = await app.request('GET', `${BOARD}/ranks?${new URLSearchParams(at)}`);
    expect([other.status, other.body.errors[0].path]).toEqual([400, 'cursor']);
    // Nobody's day.
    expect(await page({ window: 'daily', at: '2001-01-01' })).toEqual({
      items: [],
      total: 0,
      nextCursor: null,
    });
    expect(await redis.client.zcard(boardKey('b', 'periods'))).toBe(3);
  });
});
