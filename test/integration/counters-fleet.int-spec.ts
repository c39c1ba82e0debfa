import { CountersService } from '../../src/leaderboard/index.js';
import { TestApp } from '../support/app.js';
import { CounterProcess, countersWith } from '../support/counters.js';
import { TestRedis } from '../support/redis-server.js';
import { TestCluster } from '../support/redis-topologies.js';
import { waitFor } from '../support/wait-for.js';

/** As long as a process keeps its counts, and some for a machine that is busy. */
const AT_MOST_LOST_MS = 500 + 500;

let redis: TestRedis;

beforeAll(async () => {
  redis = await TestRedis.start();
});

const valueOf = async (name: string) =>
  Number(await redis.client.get(`holdfast:default:counters:{${name}}:counter`));

describe('four processes', () => {
  it('count exactly, in one counter, in several and in shards', async () => {
    const processes = await Promise.all([1, 2, 3, 4].map(() => CounterProcess.start(redis.url)));
    const all = async (order: Parameters<CounterProcess['order']>[0]) => {
      processes.forEach((each) => each.order(order));
      await Promise.all(processes.map((each) => each.done()));
    };
    await all({ do: 'increment', names: ['hot'], times: 5000 });
    expect(await valueOf('hot')).toBe(20_000);
    await Promise.all(processes.map(({ child }) => child.stop()));
  }, 120_000);

  it('count exactly in many counters, one of which has shards', async () => {
    const processes = await Promise.all([1, 2, 3, 4].map(() => CounterProcess.start(redis.url)));
    const names = Array.from({ length: 50 }, (_, n) => `cold${n}`);
    processes.forEach((each, index) =>
      each.order(
        index % 2 === 0
          ? { do: 'increment', names, times: 5000 }
          : { do: 'increment', names: ['sharded'], times: 5000, shards: 2 + index },
      ),
    );
    await Promise.all(processes.map((each) => each.done()));
    expect(await Promise.all(names.map(valueOf))).toEqual(names.map(() => 200));
    const counters = (await TestApp.start({ REDIS_URL: redis.url }, countersWith())).get(CountersService);
    expect(await counters.value('sharded')).toBe(10_000n);
    await Promise.all(processes.map(({ child }) => child.stop()));
  }, 120_000);
});

describe('a process that coalesces', () => {
  const until = (each: CounterProcess, count: number) =>
    waitFor(() => each.counts.length >= count, { what: `${count} counts`, timeoutMs: 30_000 });

  it('loses nothing when it is stopped', async () => {
    const each = await CounterProcess.start(redis.url);
    each.order({ do: 'count', name: 'stopped' });
    await until(each, 100);
    const { code, signal } = await each.child.stop(20_000);
    expect(code ?? signal).toBe('SIGTERM');
    expect(await valueOf('stopped')).toBe(each.counts.at(-1)?.count);
  }, 60_000);

  it('loses what it counted in the last half second at most when it is killed', async () => {
    const each = await CounterProcess.start(redis.url);
    each.order({ do: 'count', name: 'killed' });
    await waitFor(async () => (await valueOf('killed')) > 0, { what: 'the first counts' });
    await until(each, each.counts.length + 300);
    const { counts } = each;
    each.child.kill('SIGKILL');
    await waitFor(() => each.child.exit, { what: 'the end' });
    const killedAt = counts.at(-1)!.at;
    const sure = counts.filter(({ at }) => at < killedAt - AT_MOST_LOST_MS).at(-1)?.count ?? 0;
    expect(await valueOf('killed')).toBeGreaterThanOrEqual(sure);
    expect(await valueOf('killed')).toBeLessThanOrEqual(each.counts.at(-1)!.count);
  }, 60_000);
});

describe('in a Cluster', () => {
  it('counters of all nodes count, shards lie on several, and go with their counter', async () => {
    const cluster = await TestCluster.start();
    const counters = (await TestApp.start({ REDIS_URL: cluster.url }, countersWith())).get(CountersService);
    const names = Array.from({ length: 30 }, (_, n) => `n${n}`);
    await Promise.all(names.map((name) => counters.increment(name, { windows: true })));
    expect(await Promise.all(names.map((name) => counters.increment(name, { requestId: 'r' })))).toEqual(
      names.map(() => 2n),
    );
    for (let n = 0; n < 16; n += 1) await counters.incrementSharded('hot', { shards: 8, windows: true });
    expect(await counters.value('hot')).toBe(16n);
    const shards = await Promise.all(cluster.masters.map(({ client }) => client.keys('*:{hot*}:shard')));
    expect(shards.filter((keys) => keys.length > 0).length).toBeGreaterThan(1);
    for (const name of names) counters.count(name, 40n);
    await waitFor(
      async () =>
        (await Promise.all(names.map((name) => counters.value(name)))).every((value) => value === 42n),
      {
        what: 'the counts',
      },
    );
    await Promise.all([...names, 'hot'].map((name) => counters.delete(name)));
    const left = await Promise.all(cluster.masters.map(({ client }) => client.keys('*{hot*}:shard*')));
    expect(left.flat().filter((key) => !key.includes('-flight:'))).toEqual([]);
    await cluster.stop();
  }, 120_000);
});
