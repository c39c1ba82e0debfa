import { StreamsService } from '../../src/events/index.js';
import { TestApp } from '../support/app.js';
import { codeOf } from '../support/locks.js';
import { TestRedis } from '../support/redis-server.js';
import { TestCluster } from '../support/redis-topologies.js';
import { consumersApp, streamKey } from '../support/streams.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';

const AOF = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];

const draft = (data: unknown) => ({ type: 'test', data });

async function serviceAt(url: string, env: Record<string, string> = {}): Promise<StreamsService> {
  return (await TestApp.start({ REDIS_URL: url, ...env }, consumersApp())).get(StreamsService);
}

/** The data of all events, with their ids, in the order of the stream. */
async function stored({ client }: TestRedis, stream: string): Promise<[id: string, data: unknown][]> {
  const entries = await client.xrange(streamKey(stream), '-', '+');
  return entries.map(([id, [, text]]) => [id, (JSON.parse(text) as { data: unknown }).data]);
}

describe('connections that are cut', () => {
  it('store nothing twice and lose nothing, 200 times, whether one or many were on their way', async () => {
    const redis = await TestRedis.start();
    const proxy = await TcpProxy.start({ target: { host: '127.0.0.1', port: redis.port } });
    const streams = await serviceAt(proxy.url);
    await streams.publish('s', draft('first'));
    const published: [string, unknown][] = [];
    for (let cut = 0; cut < 200; cut += 1) {
      const lost = proxy.loseNextReply({ containing: 'evalsha' });
      const all = Array.from({ length: cut % 3 === 0 ? 1 : 20 }, (_, n) => `${cut}-${n}`);
      const ids = await Promise.all(all.map((data) => streams.publish('s', draft(data))));
      expect((await lost)?.reply.length).toBeGreaterThan(0);
      published.push(...ids.map(({ id }, n): [string, unknown] => [id, all[n]]));
    }
    expect((await stored(redis, 's')).slice(1)).toEqual(published);
    await proxy.close();
  }, 240_000);
});

describe('a Redis that is killed, with appendfsync always', () => {
  it('has every event that was acknowledged, once and in order, and each request id', async () => {
    let redis = await TestRedis.start({ args: AOF });
    const streams = await serviceAt(redis.url, { REDIS_COMMAND_TIMEOUT_MS: '1000' });
    const acknowledged: [string, unknown][] = [];
    let sent = 0;
    let isOver = false;
    async function publishOn(): Promise<void> {
      while (!isOver) {
        const data = (sent += 1);
        await streams.publish('s', draft(data)).then(
          ({ id }) => acknowledged.push([id, data]),
          () => new Promise((done) => setTimeout(done, 5)),
        );
      }
    }
    const publishers = Array.from({ length: 20 }, publishOn);
    for (let round = 1; round <= 5; round += 1) {
      const before = acknowledged.length;
      await waitFor(() => acknowledged.length > before + 300, { what: 'events', timeoutMs: 30_000 });
      await redis.kill();
      redis = await redis.restart(AOF);
    }
    isOver = true;
    await Promise.all(publishers);
    const all = await stored(redis, 's');
    const data = all.map(([, each]) => each);
    expect(new Set(data).size).toBe(data.length);
    const ids = new Map(all);
    expect(acknowledged.filter(([id, each]) => ids.get(id) !== each)).toEqual([]);
  }, 120_000);

  it('knows a request whose answer was lost', async () => {
    const redis = await TestRedis.start({ args: AOF });
    const streams = await serviceAt(redis.url, { REDIS_COMMAND_TIMEOUT_MS: '300' });
    await streams.publish('s', draft(0));
    redis.freeze();
    const [asked, behind] = [
      streams.publish('s', draft(1), { requestId: 'r' }),
      new Promise(setImmediate).then(() => streams.publish('s', draft('behind'))),
    ];
    expect(await codeOf(asked)).toBe('STATE_STORE_UNAVAILABLE');
    expect(await codeOf(behind)).toBe('STATE_STORE_UNAVAILABLE');
    redis.thaw();
    await waitFor(() => streams.read('s').then(() => true), { what: 'Redis to be back', timeoutMs: 30_000 });
    const { id } = await streams.publish('s', draft(1), { requestId: 'r' });
    expect((await stored(redis, 's')).slice(1)).toEqual([[id, 1]]);
  });
});

describe('a Redis that is full', () => {
  it('is a 503, stores nothing, and stores again when there is room', async () => {
    const redis = await TestRedis.start();
    const streams = await serviceAt(redis.url);
    await streams.publish('s', draft('before'));
    await redis.client.config('SET', 'maxmemory-policy', 'noeviction');
    await redis.client.config('SET', 'maxmemory', '1mb');
    const keys = async () => (await redis.keys()).filter((key) => !key.includes(':producer-')).sort();
    const before = await keys();
    const events = [1, 2, 3].map(draft);
    expect(await codeOf(streams.publish('s', draft(1)))).toBe('STATE_STORE_UNAVAILABLE');
    expect(await codeOf(streams.publish('s', draft(1), { requestId: 'r' }))).toBe('STATE_STORE_UNAVAILABLE');
    expect(await codeOf(streams.publishMany('new', events))).toBe('STATE_STORE_UNAVAILABLE');
    expect(await keys()).toEqual(before);
    expect((await streams.read('s')).items).toHaveLength(1);
    await redis.client.config('SET', 'maxmemory', '0');
    await streams.publish('s', draft(1), { requestId: 'r' });
    expect((await stored(redis, 's')).map(([, data]) => data)).toEqual(['before', 1]);
  });
});

describe('in a Cluster', () => {
  it('streams lie in a slot each', async () => {
    const cluster = await TestCluster.start();
    const streams = await serviceAt(cluster.url);
    const names = Array.from({ length: 20 }, (_, n) => `stream ${n}`);
    await waitFor(() => streams.publish('ready', draft(0)).then(() => true), { what: 'the cluster' });
    await Promise.all(
      names.map(async (name) => {
        await Promise.all([1, 2, 3].map((n) => streams.publish(name, draft(n), { requestId: `r${n}` })));
        await streams.publish(name, draft(3), { requestId: 'r3' });
        const { items } = await streams.read(name);
        expect(items.map(({ event }) => event.data)).toEqual([1, 2, 3]);
      }),
    );
    await cluster.stop();
  }, 120_000);
});
