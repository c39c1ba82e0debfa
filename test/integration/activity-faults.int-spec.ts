import { ActivityService } from '../../src/leaderboard/index.js';
import { StateStoreUnavailableError } from '../../src/redis/index.js';
import { ActivityModel, activityWith, daysAgo, numbersOf } from '../support/activity.js';
import { TestApp } from '../support/app.js';
import { Random } from '../support/random.js';
import { TestRedis } from '../support/redis-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';

/** What Redis has answered is on its disk. */
const DURABLE = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];

async function serviceAt(url: string, settings: Record<string, string> = {}): Promise<ActivityService> {
  return (await TestApp.start({ REDIS_URL: url, ...settings }, activityWith())).get(ActivityService);
}

/** Marks what both the activity and the model are told, and says whether the counts agree. */
class Trial {
  readonly model = new ActivityModel();
  private readonly random = new Random(5);

  constructor(
    private readonly activity: ActivityService,
    readonly name: string,
  ) {}

  async mark(): Promise<void> {
    const day = daysAgo(this.random.integer(0, 40));
    const ids = Array.from({ length: 30 }, () => `user-${this.random.integer(0, 2000)}`);
    await this.activity.mark(this.name, ids, { at: new Date(`${day}T00:00:00Z`) });
    this.model.mark(day, ids);
  }

  async expectCounts(activity = this.activity): Promise<void> {
    const [from, to] = [daysAgo(41), daysAgo(0)];
    for (const granularity of ['day', 'week', 'month'] as const) {
      expect(await activity.activeUsers(this.name, { from, to, granularity })).toEqual(
        this.model.activeUsers(from, to, granularity),
      );
    }
    const cohort = daysAgo(30);
    expect(await activity.retention(this.name, { cohort, days: 30 })).toEqual(
      this.model.retention(cohort, 30),
    );
  }
}

describe('replies that are lost', () => {
  it('lose no mark and count none twice, in 100 cuts', async () => {
    const redis = await TestRedis.start();
    const proxy = await TcpProxy.start({ target: { host: '127.0.0.1', port: redis.port } });
    const trial = new Trial(await serviceAt(proxy.url), 'cut');
    await trial.mark();
    for (let round = 0; round < 100; round += 1) {
      const cut = proxy.loseNextReply({ containing: 'evalsha' });
      await trial.mark();
      expect((await cut)?.request.toString()).toContain('evalsha');
    }
    await trial.expectCounts();
    await proxy.close();
  }, 120_000);
});

describe('a Redis that is away', () => {
  it('marks nothing more than was asked for, and all of it when it is asked again', async () => {
    const redis = await TestRedis.start();
    const activity = await serviceAt(redis.url, { REDIS_COMMAND_TIMEOUT_MS: '500' });
    const ids = Array.from({ length: 200 }, (_, n) => `user-${n}`);
    const at = new Date(`${daysAgo(3)}T00:00:00Z`);
    const count = async () => {
      const [day] = await activity.activeUsers('away', { from: daysAgo(3), to: daysAgo(3) });
      return day.count;
    };
    await activity.mark('away', ids.slice(0, 5), { at });
    redis.freeze();
    await expect(activity.mark('away', ids, { at })).rejects.toThrow(StateStoreUnavailableError);
    await expect(activity.retention('away', { cohort: daysAgo(3), days: 1 })).rejects.toThrow(
      StateStoreUnavailableError,
    );
    redis.thaw();
    expect([5, 200]).toContain(await eventually(count));
    await eventually(() => activity.mark('away', ids, { at }));
    expect(await count()).toBe(200);
  });

  it('has all that it answered when it comes back from its log', async () => {
    const first = await TestRedis.start({ args: DURABLE });
    const activity = await serviceAt(first.url);
    const trial = new Trial(activity, 'restart');
    for (let turn = 0; turn < 40; turn += 1) await trial.mark();
    await activity.mark('restart log', ['ada', 'bob'], { mode: 'approximate' });
    await trial.expectCounts();
    const numbers = await numbersOf(first.client, 'restart');
    await first.kill();
    const second = await first.restart(DURABLE);
    const later = await serviceAt(second.url);
    await trial.expectCounts(later);
    expect(await numbersOf(second.client, 'restart')).toEqual(numbers);
    const month = { from: daysAgo(0), to: daysAgo(0), granularity: 'month' } as const;
    expect((await later.activeUsers('restart log', month))[0].count).toBe(2);
    for (const key of await second.client.keys('*')) expect(await second.client.pttl(key)).toBeGreaterThan(0);
  });

  it('loses its scripts, and nobody hears of it', async () => {
    const redis = await TestRedis.start();
    const trial = new Trial(await serviceAt(redis.url), 'scripts');
    for (let turn = 0; turn < 20; turn += 1) {
      await redis.client.script('FLUSH');
      await trial.mark();
    }
    await redis.client.script('FLUSH');
    await trial.expectCounts();
  });
});

/** The connection comes back by itself. */
async function eventually<T>(work: () => Promise<T>): Promise<T> {
  return waitFor(work, { what: 'Redis to answer again' }) as Promise<T>;
}
