import { type Entry, LeaderboardService } from '../../src/leaderboard/index.js';
import { TestApp } from '../support/app.js';
import { boardContents, leaderboardsWith, zoneAtNoon } from '../support/leaderboards.js';
import { codeOf } from '../support/locks.js';
import { TestRedis } from '../support/redis-server.js';

let redis: TestRedis;
let app: TestApp;
let here: LeaderboardService;
let there: LeaderboardService;

beforeAll(async () => {
  redis = await TestRedis.start();
  const start = () => TestApp.start({ REDIS_URL: redis.url }, leaderboardsWith());
  app = await start();
  [here, there] = [app.get(LeaderboardService), (await start()).get(LeaderboardService)];
});

beforeEach(async () => {
  await redis.client.flushall();
  await here.define('b', { windows: ['all-time', 'daily'], timeZone: zoneAtNoon() });
  await here.submit('b', { member: 'ada', score: 1, metadata: 1 });
});

const circular: Record<string, unknown> = {};
circular.itself = circular;

describe('a call with what TypeScript would not have let pass', () => {
  it.each<[string, object]>([
    ['NaN', { score: NaN }],
    ['Infinity', { score: Infinity }],
    ['a fraction', { score: 0.5 }],
    ['a number past 2^53', { score: 2 ** 53 }],
    ['a bigint past 64 bits', { score: 2n ** 63n }],
    ['a bigint below 64 bits', { score: -(2n ** 63n) - 1n }],
    ['no score', { score: undefined }],
    ['an object as score', { score: { valueOf: () => 1 } }],
    ['a member that is no text', { member: 7 }],
    ['a member of 257 bytes', { member: 'x'.repeat(257) }],
    ['half a surrogate pair', { member: '\ud800' }],
    ['an operator that scripts have', { operator: 'add' }],
    ['a bigint in metadata', { metadata: { a: 1n } }],
    ['metadata that has itself as a part', { metadata: circular }],
    ['a function as metadata', { metadata: () => 1 }],
    ['4097 bytes of metadata', { metadata: '☃'.repeat(1365) + 'xx' }],
  ])('is refused for %s, and files nothing', async (_, wrong) => {
    const entry = { member: 'ada', score: 9, ...wrong } as Entry;
    const before = await boardContents(redis);
    expect(await codeOf(here.submit('b', entry))).toBe('VALIDATION_FAILED');
    expect(await codeOf(here.submitMany('b', [{ member: 'ada', score: 9 }, entry]))).toBe(
      'VALIDATION_FAILED',
    );
    expect(await boardContents(redis)).toEqual(before);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['no entries', () => here.submitMany('b', [])],
    [
      '1001 entries',
      () =>
        here.submitMany(
          'b',
          Array.from({ length: 1001 }, () => ({ member: 'ada', score: 9 })),
        ),
    ],
    ['no members', () => here.ranks('b', [])],
    [
      '1001 members',
      () =>
        here.ranks(
          'b',
          Array.from({ length: 1001 }, () => 'ada'),
        ),
    ],
    ['a limit of 0', () => here.top('b', { limit: 0 })],
    ['a limit of NaN', () => here.top('b', { limit: NaN })],
    ['a limit of 1001', () => here.top('b', { limit: 1001 })],
    ['a radius of 101', () => here.neighbours('b', 'ada', { radius: 101 })],
    ['a radius below 0', () => here.neighbours('b', 'ada', { radius: -1 })],
    ['a window of other boards', () => here.top('b', { window: 'weekly' })],
    ['a zone on Mars', () => here.define('c', { timeZone: 'Mars/Base' })],
    ['no windows', () => here.define('c', { windows: [] })],
    ['ties by time where there are doubles', () => here.define('c', { scores: 'int53', tieBreak: 'first' })],
    ['a board without a name', () => here.define('')],
  ])('is refused for %s', async (_, call) => {
    const before = await boardContents(redis);
    expect(await codeOf(call())).toBe('VALIDATION_FAILED');
    expect(await boardContents(redis)).toEqual(before);
  });

  it('takes 4096 bytes of metadata', async () => {
    const metadata = '☃'.repeat(1364) + 'xx';
    await here.submit('b', { member: 'ada', score: 9, metadata });
    expect((await there.member('b', 'ada')).metadata).toBe(metadata);
  });
});

describe('a request id', () => {
  const times = <R>(count: number, work: (n: number) => Promise<R>) =>
    Promise.all(Array.from({ length: count }, (_, n) => work(n)));
  const increment = { member: 'ada', score: 2, operator: 'increment' } as const;

  it('has its request done once, however often and wherever it is sent at once', async () => {
    const answers = await times(40, (n) =>
      (n % 2 ? here : there).submit('b', { ...increment, requestId: 'r' }),
    );
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect((await here.member('b', 'ada')).score).toBe(3n);
    await here.submit('b', { ...increment, requestId: 's' });
    expect((await here.member('b', 'ada')).score).toBe(5n);
  });

  it('is known for a day, in which other scores come', async () => {
    const first = await here.submitMany(
      'b',
      Array.from({ length: 150 }, () => increment),
      { requestId: 'r' },
    );
    const marks = (await redis.keys()).filter((key) => key.includes(':request-'));
    expect(marks).toHaveLength(2);
    for (const mark of marks) {
      expect(await redis.client.pttl(mark)).toBeGreaterThan(86_000_000);
      expect(await redis.client.pttl(mark)).toBeLessThanOrEqual(86_400_000);
    }
    await here.submit('b', { ...increment, score: 1000 });
    expect(
      await there.submitMany(
        'b',
        Array.from({ length: 150 }, () => increment),
        { requestId: 'r' },
      ),
    ).toEqual(first);
    expect((await here.member('b', 'ada')).score).toBe(1301n);
  });

  it('is of one board', async () => {
    await here.define('c');
    await here.submit('b', { ...increment, requestId: 'r' });
    expect(await here.submit('c', { ...increment, requestId: 'r' })).toMatchObject({ previousScore: null });
  });
});

describe('many processes at once', () => {
  it('lose no increment, and agree on ranks', async () => {
    await here.define('plain', { scores: 'int53', tieBreak: 'member' });
    const members = ['ada', 'bob', 'cyd'];
    const calls = Array.from({ length: 600 }, (_, n) => n);
    await here.submit('b', { member: 'ada', score: 0, operator: 'set' });
    await Promise.all(
      calls.map((n) =>
        (n % 2 ? here : there).submit(n % 4 < 2 ? 'b' : 'plain', {
          member: members[n % 3],
          score: 1 + (n % 3),
          operator: 'increment',
        }),
      ),
    );
    for (const board of ['b', 'plain']) {
      const { items } = await there.top(board);
      expect(items.map(({ member, score }) => [member, score])).toEqual([
        ['cyd', 300n],
        ['bob', 200n],
        ['ada', 100n],
      ]);
    }
  });
});

describe('metrics', () => {
  it('count scores by what became of them', async () => {
    const counted = async () => {
      const { text } = await app.request('GET', '/metrics');
      return ['changed', 'unchanged', 'out-of-range'].map((outcome) =>
        Number(
          new RegExp(`^holdfast_leaderboard_scores_total{outcome="${outcome}"} (\\d+)$`, 'm').exec(
            text,
          )?.[1] ?? 0,
        ),
      );
    };
    const before = await counted();
    const most = { member: 'bob', score: 2n ** 63n - 1n };
    await here.submitMany('b', [most, most, { ...most, operator: 'increment' }]);
    expect(await codeOf(here.submit('b', { ...most, operator: 'increment' }))).toBe('SCORE_OUT_OF_RANGE');
    const after = await counted();
    expect(after.map((count, index) => count - before[index])).toEqual([1, 1, 2]);
  });
});
