import { ActivityService } from '../../src/leaderboard/index.js';
import { ActivityModel, activityWith, daysAgo } from '../support/activity.js';
import { TestApp } from '../support/app.js';
import { Random } from '../support/random.js';
import { TestCluster } from '../support/redis-topologies.js';
import { waitFor } from '../support/wait-for.js';

describe('activity in a Redis Cluster', () => {
  let cluster: TestCluster;
  let here: ActivityService;
  let there: ActivityService;

  beforeAll(async () => {
    cluster = await TestCluster.start();
    const start = async () => {
      const app = await TestApp.start({ REDIS_URL: cluster.url }, activityWith());
      const ready = async () => (await app.request('GET', '/health/ready')).body.status === 'ok';
      await waitFor(ready, { what: 'the app to be ready', timeoutMs: 20_000 });
      return app.get(ActivityService);
    };
    [here, there] = [await start(), await start()];
  });

  afterAll(() => cluster.stop());

  it('is spread over all masters, and counts as on one server', async () => {
    const random = new Random(3);
    const model = new ActivityModel();
    const marks = Array.from({ length: 60 }, async (_, n) => {
      const day = daysAgo(random.integer(0, 20));
      const ids = Array.from({ length: 40 }, () => `user-${random.integer(0, 1000)}`);
      model.mark(day, ids);
      await (n % 2 ? here : there).mark('spread', ids, { at: new Date(day) });
    });
    await Promise.all(marks);
    for (const granularity of ['day', 'week', 'month'] as const) {
      const [from, to] = [daysAgo(25), daysAgo(0)];
      expect(await here.activeUsers('spread', { from, to, granularity })).toEqual(
        model.activeUsers(from, to, granularity),
      );
    }
    const cohort = daysAgo(15);
    expect(await there.retention('spread', { cohort, days: 15 })).toEqual(model.retention(cohort, 15));
    const sizes = await Promise.all(cluster.masters.map(({ client }) => client.dbsize()));
    for (const size of sizes) expect(size).toBeGreaterThan(0);
  });

  it('is approximate in one slot', async () => {
    const ids = Array.from({ length: 600 }, (_, n) => `user-${n}`);
    await here.mark('about', ids, { mode: 'approximate' });
    const month = { from: daysAgo(0), to: daysAgo(0), granularity: 'month' } as const;
    const [{ count }] = await there.activeUsers('about', month);
    expect(Math.abs(count / 600 - 1)).toBeLessThan(5 * 0.0081);
  });
});
