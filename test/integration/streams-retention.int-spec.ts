import { GroupsService, Retention, StreamsService } from '../../src/events/index.js';
import { Metrics } from '../../src/observability/index.js';
import { TestApp } from '../support/app.js';
import { parsePrometheus } from '../support/prometheus.js';
import { Random } from '../support/random.js';
import { TestRedis } from '../support/redis-server.js';
import { consumersApp, streamKey } from '../support/streams.js';
import { waitFor } from '../support/wait-for.js';

const KEPT = 10;

let redis: TestRedis;
let app: TestApp;
let streams: StreamsService;
let groups: GroupsService;
let retention: Retention;

beforeAll(async () => {
  redis = await TestRedis.start();
  const settings = { REDIS_URL: redis.url, EVENTS_KEPT: String(KEPT), EVENTS_MAX: '1000' };
  app = await TestApp.start(settings, consumersApp());
  [streams, groups, retention] = [app.get(StreamsService), app.get(GroupsService), app.get(Retention)];
});

async function publish(stream: string, count: number): Promise<string[]> {
  const drafts = Array.from({ length: count }, (_, data) => ({ type: 't', data }));
  return (await streams.publishMany(stream, drafts)).map(({ id }) => id);
}

const length = (stream: string) => redis.client.xlen(streamKey(stream));

const takeIds = async (stream: string, group: string, maxCount: number) => {
  const taken = await groups.take(stream, group, { consumer: 'c', maxCount, waitMs: 0 });
  return taken.map(({ id }) => id);
};

async function dropped(): Promise<number> {
  const samples = parsePrometheus(await app.get(Metrics).text());
  return samples.find(({ name }) => name === 'holdfast_stream_events_dropped_total')?.value ?? 0;
}

it('removes what every group has acknowledged, but for the last ones', async () => {
  const ids = await publish('s', 100);
  await groups.define('s', 'one', {});
  await groups.define('s', 'two', {});
  await groups.ack('s', 'one', await takeIds('s', 'one', 100));
  expect(await retention.trim('s')).toEqual({ removed: 0, dropped: 0 });
  const [first, ...others] = await takeIds('s', 'two', 50);
  await groups.ack('s', 'two', others);
  expect(await retention.trim('s')).toEqual({ removed: 0, dropped: 0 });
  await groups.ack('s', 'two', [first]);
  expect(await retention.trim('s')).toEqual({ removed: 50 - KEPT, dropped: 0 });
  expect((await streams.read('s')).items[0].id).toBe(ids[50 - KEPT]);
});

it('removes nothing that a group has not read, whatever happens meanwhile', async () => {
  const random = new Random(3);
  await groups.define('down', 'down', {});
  await groups.define('down', 'up', {});
  const published: string[] = [];
  for (let round = 0; round < 40; round += 1) {
    published.push(...(await publish('down', random.integer(1, 20))));
    const taken = await takeIds('down', 'up', random.integer(1, 40));
    await groups.ack('down', 'up', taken.slice(random.integer(0, 1)));
    await retention.trim('down');
  }
  const read: string[] = [];
  for (;;) {
    const taken = await takeIds('down', 'down', 100);
    if (taken.length === 0) break;
    read.push(...taken);
  }
  expect(read).toEqual(published);
  await groups.ack('down', 'down', read);
});

it('drops the oldest beyond the cap, and counts those that some group had not acknowledged', async () => {
  const before = await dropped();
  await groups.define('capped', 'g', {});
  const ids = await publish('capped', 1000);
  await groups.ack('capped', 'g', await takeIds('capped', 'g', 4));
  const more = await publish('capped', 100);
  await retention.trim('capped');
  expect(await length('capped')).toBe(1000);
  expect((await dropped()) - before).toBe(96);
  expect((await takeIds('capped', 'g', 1))[0]).toBe(ids[100]);
  expect((await streams.read('capped', { after: ids[999] })).items.map(({ id }) => id)).toEqual(more);
});

it('keeps a stream without groups to its cap, and counts nothing', async () => {
  const before = await dropped();
  // Publishing alone brings it about.
  for (let round = 0; round < 4; round += 1) await publish('read-only', 1000);
  await waitFor(async () => (await length('read-only')) <= 2000, { what: 'the stream to be trimmed' });
  await retention.trim('read-only');
  expect(await length('read-only')).toBe(1000);
  expect(await dropped()).toBe(before);
});

it('keeps a stream that is for groups short while there is none, and all of it for one that is there', async () => {
  retention.keepForGroups('for-groups');
  await publish('for-groups', 100);
  expect(await retention.trim('for-groups')).toEqual({ removed: 100 - KEPT, dropped: 0 });
  await groups.define('for-groups', 'g', {});
  await publish('for-groups', 100);
  expect(await retention.trim('for-groups')).toEqual({ removed: 0, dropped: 0 });
  expect(await length('for-groups')).toBe(KEPT + 100);
});

it('forgets a delivery whose event was dropped', async () => {
  await groups.define('lost', 'g', { ackTimeoutMs: 1000 });
  await publish('lost', 5);
  await takeIds('lost', 'g', 5);
  await redis.client.xtrim(streamKey('lost'), 'MAXLEN', 0);
  const taken = groups.take('lost', 'g', { consumer: 'other', maxCount: 10, waitMs: 5000 });
  await waitFor(async () => (await groups.inspect('lost', 'g')).pending === 0, {
    what: 'the deliveries to be forgotten',
  });
  const [id] = await publish('lost', 1);
  expect((await taken).map((each) => each.id)).toEqual([id]);
});
