import { LeaderboardService, type WindowName } from '../../src/leaderboard/index.js';
import { TestApp } from '../support/app.js';
import { leaderboardsWith, zoneAtNoon } from '../support/leaderboards.js';
import { codeOf } from '../support/locks.js';
import { TestCluster } from '../support/redis-topologies.js';

const WINDOWS: WindowName[] = ['all-time', 'monthly', 'weekly', 'daily'];
const NAMES = Array.from({ length: 12 }, (_, n) => `board-${n}`);

describe('leaderboards in a Redis Cluster', () => {
  let cluster: TestCluster;
  let here: LeaderboardService;
  let there: LeaderboardService;

  beforeAll(async () => {
    cluster = await TestCluster.start();
    const start = async () =>
      (await TestApp.start({ REDIS_URL: cluster.url }, leaderboardsWith())).get(LeaderboardService);
    [here, there] = [await start(), await start()];
  });

  afterAll(() => cluster.stop());

  const counts = () => Promise.all(cluster.masters.map(({ client }) => client.dbsize()));

  it.each([{ scores: 'int64' }, { scores: 'int53', tieBreak: 'member' }] as const)(
    'are each in one slot, with all they can do: %j',
    async (encoding) => {
      for (const name of NAMES) {
        await here.define(name, { ...encoding, windows: WINDOWS, timeZone: zoneAtNoon() });
        const entries = Array.from({ length: 250 }, (_, n) => ({ member: `m${n}`, score: -n, metadata: n }));
        await there.submitMany(name, entries, { requestId: name });
        const first = await here.top(name, { window: 'weekly', limit: 3 });
        const next = await there.top(name, { window: 'weekly', limit: 3, cursor: first.nextCursor! });
        expect(next.items.map(({ rank, member }) => [rank, member])).toEqual([
          [4, 'm3'],
          [5, 'm4'],
          [6, 'm5'],
        ]);
        expect((await here.neighbours(name, 'm249', { radius: 1 })).items).toHaveLength(3);
        expect((await here.ranks(name, ['m9', 'm1'])).items.map(({ rank }) => rank)).toEqual([2, 10]);
        await there.removeMember(name, 'm0');
        expect(await here.trim(name, 10)).toBe(239);
        expect(await here.member(name, 'm10')).toMatchObject({ rank: 10, total: 10 });
      }
      for (const count of await counts()) expect(count).toBeGreaterThan(0);
      for (const name of NAMES) {
        await there.delete(name);
        expect(await codeOf(here.top(name))).toBe('LEADERBOARD_NOT_FOUND');
      }
      // What is left are the ids of requests, for a day.
      for (const { client } of cluster.masters) {
        const keys = await client.keys('*');
        for (const key of keys) expect(key).toMatch(/^holdfast:default:leaderboard:\{board-\d+\}:request-/);
        for (const key of keys) expect(await client.pttl(key)).toBeGreaterThan(0);
        if (keys.length > 0) await Promise.all(keys.map((key) => client.unlink(key)));
      }
    },
  );
});
