import { ChannelsService } from '../../src/events/index.js';
import { TestApp } from '../support/app.js';
import { Keeper, nameOn, shardedChannel } from '../support/channels.js';
import type { TestRedis } from '../support/redis-server.js';
import { TestCluster } from '../support/redis-topologies.js';
import { consumersApp } from '../support/streams.js';
import { waitFor } from '../support/wait-for.js';

let cluster: TestCluster;
let nodes: readonly TestRedis[];
let here: ChannelsService;
let there: ChannelsService;

beforeAll(async () => {
  cluster = await TestCluster.start();
  nodes = [...cluster.masters, cluster.replica];
  const start = () => TestApp.start({ REDIS_URL: cluster.url }, consumersApp());
  const [first, second] = await Promise.all([start(), start()]);
  [here, there] = [first.get(ChannelsService), second.get(ChannelsService)];
}, 60_000);

afterAll(() => cluster.stop());

const onEachNode = <T>(ask: (node: TestRedis) => Promise<T>) => Promise.all(nodes.map(ask));

/** Of the connections of both processes for sharded pub/sub: one entry a node. */
const connections = () =>
  onEachNode(
    async ({ client }) => ((await client.client('LIST')) as string).split(':shard-subscriber:').length - 1,
  );

/** The channels that are subscribed to, each as often as there are connections. */
async function subscribed(): Promise<string[]> {
  const all = await onEachNode(async ({ client }) => {
    const channels = (await client.call('PUBSUB', 'SHARDCHANNELS')) as string[];
    const counts = (await client.call('PUBSUB', 'SHARDNUMSUB', ...channels)) as (string | number)[];
    return channels.flatMap((channel, n) => Array<string>(Number(counts[2 * n + 1])).fill(channel));
  });
  return all.flat();
}

/** Messages of pub/sub that the nodes have sent to each other. */
async function onTheBus(): Promise<number> {
  const sent = await onEachNode(async ({ client }) => {
    const info = (await client.cluster('INFO')) as string;
    return [...info.matchAll(/messages_publish(?:shard)?_sent:(\d+)/g)].map(([, count]) => Number(count));
  });
  return sent.flat().reduce((sum, count) => sum + count, 0);
}

async function nobodyListens(): Promise<void> {
  await waitFor(async () => (await subscribed()).length === 0, { what: 'all subscriptions to end' });
}

it('connects to no node but that of a channel that is listened to, once, and leaves it', async () => {
  expect(await connections()).toEqual([0, 0, 0, 0]);
  const [a, b] = [new Keeper(), new Keeper()];
  const name = await nameOn(cluster, 1);
  const ends = [await here.subscribe({ channel: name }, a), await here.subscribe({ channel: name }, b)];
  expect(await connections()).toEqual([0, 1, 0, 0]);
  expect(await subscribed()).toEqual([shardedChannel(name)]);
  expect(await there.publish(name, 1)).toEqual({ receivers: 1 });
  await waitFor(() => a.heard.length + b.heard.length === 2, { what: 'both to hear' });
  ends[0]();
  expect(await there.publish(name, 2)).toEqual({ receivers: 1 });
  await waitFor(() => b.heard.length === 2, { what: 'the one that is left to hear' });
  expect(a.heard).toEqual([1]);
  ends[1]();
  await nobodyListens();
  expect(await there.publish(name, 3)).toEqual({ receivers: 0 });
  await waitFor(async () => (await connections()).every((count) => count === 0), {
    what: 'the connection to be left',
    timeoutMs: 30_000,
  });
});

it('brings messages of every node by name and pattern, from every process, once', async () => {
  const names = Array.from({ length: 60 }, (_, n) => `spread:${n} ünï\n`);
  const [exact, topic, all, other] = [new Keeper(), new Keeper(), new Keeper(), new Keeper()];
  const ends = await Promise.all([
    ...names.map((channel) => here.subscribe({ channel }, exact)),
    here.subscribe({ pattern: 'spread:*' }, topic),
    there.subscribe({ pattern: '[st]p?ead*' }, all),
    there.subscribe({ pattern: 'spread:7?*' }, other),
    there.subscribe({ pattern: 'other:*' }, other),
  ]);
  expect((await connections()).every((count) => count <= 2)).toBe(true);
  const expected: string[] = [];
  for (const [n, name] of names.entries()) {
    await (n % 2 ? here : there).publish(name, n);
    expected.push(`${name}=${n}`);
  }
  // Behind all others of its channel, and so of its node.
  for (const name of names) await here.publish(name, 'last');
  const isLast = ({ heard }: Keeper) => heard.filter((data) => data === 'last').length === 60;
  await waitFor(() => [exact, topic, all].every(isLast), { what: 'all messages' });
  for (const { messages } of [exact, topic, all]) {
    expect(messages.filter((each) => !each.endsWith('=last')).sort()).toEqual([...expected].sort());
  }
  expect(other.messages).toEqual([`${names[7]}=7`, `${names[7]}=last`]);
  ends.forEach((end) => end());
  await nobodyListens();
});

it('keeps the feed of a topic for as long as a pattern needs it', async () => {
  const [a, b] = [new Keeper(), new Keeper()];
  const ends = [
    await here.subscribe({ pattern: 'shared:*' }, a),
    await here.subscribe({ pattern: 'shared:?' }, b),
  ];
  expect(await subscribed()).toHaveLength(64);
  ends[0]();
  await there.publish('shared:1', 1);
  await waitFor(() => b.heard.length === 1, { what: 'the pattern that is left' });
  expect(a.heard).toEqual([]);
  ends[1]();
  await nobodyListens();
});

it('sends less over the bus of the cluster than a broadcast does, and nothing where nobody listens', async () => {
  const MESSAGES = 30;
  const measure = async (publish: (name: string) => Promise<unknown>) => {
    const before = await onTheBus();
    for (let n = 0; n < MESSAGES; n += 1) await publish(`bus:${n}`);
    return (await onTheBus()) - before;
  };
  const broadcast = await measure((name) => nodes[1].client.publish(name, '1'));
  const unheard = await measure((name) => there.publish(name, 1));
  const heard = new Keeper();
  const listening = Array.from({ length: MESSAGES }, (_, n) =>
    here.subscribe({ channel: `bus:${n}` }, heard),
  );
  const ends = await Promise.all(listening);
  const byName = await measure((name) => there.publish(name, 1));
  ends.forEach((end) => end());
  const end = await here.subscribe({ pattern: 'bus:*' }, heard);
  const byPattern = await measure((name) => there.publish(name, 1));
  end();
  await waitFor(() => heard.heard.length === 2 * MESSAGES, { what: 'all messages' });
  // Only the first master has a replica.
  expect([broadcast, unheard]).toEqual([3 * MESSAGES, 0]);
  expect([byName > 0, byName < MESSAGES, byPattern]).toEqual([true, true, byName]);
  await nobodyListens();
});
