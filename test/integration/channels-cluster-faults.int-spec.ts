import { type ChannelSelector, ChannelsService } from '../../src/events/index.js';
import { TestApp } from '../support/app.js';
import { Keeper, nameOn, slotOf } from '../support/channels.js';
import type { TestRedis } from '../support/redis-server.js';
import { TestCluster } from '../support/redis-topologies.js';
import { consumersApp } from '../support/streams.js';
import { waitFor } from '../support/wait-for.js';

let cluster: TestCluster;
let here: ChannelsService;
let there: ChannelsService;
const ends: (() => void)[] = [];

beforeAll(async () => {
  cluster = await TestCluster.start();
  const start = () => TestApp.start({ REDIS_URL: cluster.url }, consumersApp());
  const [first, second] = await Promise.all([start(), start()]);
  [here, there] = [first.get(ChannelsService), second.get(ChannelsService)];
}, 60_000);

afterEach(() => ends.splice(0).forEach((end) => end()));

afterAll(() => cluster.stop());

/** A listener of `here`. */
async function listen(selector: ChannelSelector): Promise<Keeper> {
  const keeper = new Keeper();
  ends.push(await here.subscribe(selector, keeper));
  return keeper;
}

/** Publishes until it is heard, and expects that it is then heard once by each. */
async function isHeardOnce(channel: string, ...keepers: Keeper[]): Promise<void> {
  const isHeard = async () => {
    await there.publish(channel, 'is it back?');
    return keepers.every(({ heard }) => heard.includes('is it back?'));
  };
  await waitFor(isHeard, { what: 'messages to come again', timeoutMs: 30_000 });
  await there.publish(channel, 'last');
  await waitFor(() => keepers.every(({ heard }) => heard.includes('last')), { what: 'the last message' });
  await there.publish(channel, 'once');
  await there.publish(channel, 'end');
  await waitFor(() => keepers.every(({ heard }) => heard.at(-1) === 'end'), { what: 'the end' });
  for (const { heard } of keepers) expect(heard.slice(-3)).toEqual(['last', 'once', 'end']);
}

it('tells of the gap when the connection to a node is lost, to those who listen there, once', async () => {
  const [cut, whole] = [await nameOn(cluster, 1), await nameOn(cluster, 2)];
  const [lost, also, spared] = [
    await listen({ channel: cut }),
    await listen({ pattern: 'on:*' }),
    await listen({ channel: whole }),
  ];
  for (let round = 1; round <= 3; round += 1) {
    await cluster.masters[1].client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await waitFor(() => lost.gaps === round && also.gaps === round, { what: 'the gap to be told' });
    await there.publish(cut, round);
    await waitFor(() => lost.heard.length === round && also.heard.length === round, { what: 'the message' });
  }
  expect([lost.heard, also.heard, spared.gaps]).toEqual([[1, 2, 3], [1, 2, 3], 0]);
  await isHeardOnce(whole, spared, also);
});

it('follows a slot that moves to another node, and back, and tells of the gap', async () => {
  const moved = await nameOn(cluster, 1);
  const stays = await nameOn(cluster, 1, moved);
  const [lost, also, spared] = [
    await listen({ channel: moved }),
    await listen({ pattern: 'on:*' }),
    await listen({ channel: stays }),
  ];
  const slot = await slotOf(cluster, moved);
  for (const [round, [source, target]] of [
    [1, 2],
    [2, 1],
  ]
    .map(([a, b]) => [cluster.masters[a], cluster.masters[b]])
    .entries()) {
    await move(slot, source, target);
    await waitFor(() => lost.gaps > round && also.gaps > round, {
      what: 'the gap to be told',
      timeoutMs: 30_000,
    });
    await isHeardOnce(moved, lost, also);
  }
  expect(spared.gaps).toBe(0);
  await isHeardOnce(stays, spared, also);
});

async function move(slot: number, source: TestRedis, target: TestRedis): Promise<void> {
  const id = async ({ client }: TestRedis) => (await client.call('CLUSTER', 'MYID')) as string;
  const [from, to] = [await id(source), await id(target)];
  await target.client.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from);
  await source.client.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to);
  for (const { client } of [target, source]) await client.call('CLUSTER', 'SETSLOT', slot, 'NODE', to);
}

it('leaves a node that is frozen on connections that stay open, and comes back', async () => {
  const frozen = await nameOn(cluster, 2);
  const keeper = await listen({ channel: frozen });
  cluster.masters[2].freeze();
  const { client } = cluster.masters[1];
  const isMissed = async () => /fail/.test((await client.call('CLUSTER', 'NODES')) as string);
  await waitFor(isMissed, { what: 'the node to be missed', timeoutMs: 30_000 });
  cluster.masters[2].thaw();
  await isHeardOnce(frozen, keeper);
});

/**
 * Which of the two is the master of their slots, as both see it, and which one follows it with all of its data: only then may it take
 * over. A node that was frozen takes itself for the master until it has heard of the other one.
 */
async function rolesOf(
  ...pair: readonly [TestRedis, TestRedis]
): Promise<{ master: TestRedis; replica: TestRedis }> {
  const settled = async () => {
    const about = await Promise.all(pair.map(({ client }) => client.info('replication')));
    const master = pair[about.findIndex((text) => text.includes('role:master'))];
    const replica = pair[about.findIndex((text) => text.includes('master_link_status:up'))];
    return master && replica && { master, replica };
  };
  return waitFor(settled, { what: 'a master and its replica', timeoutMs: 60_000, intervalMs: 100 });
}

async function takeOver({ client }: TestRedis): Promise<void> {
  const isMaster = async () => {
    if ((await client.role())[0] === 'master') return true;
    await client.call('CLUSTER', 'FAILOVER');
    return false;
  };
  await waitFor(isMaster, { what: 'the replica to take over', timeoutMs: 30_000, intervalMs: 500 });
}

it('goes over to the replica when a master gives up its place, freezes or is killed, and tells of each gap', async () => {
  const name = await nameOn(cluster, 0);
  const [byName, byPattern] = [await listen({ channel: name }), await listen({ pattern: 'on:*' })];
  await isHeardOnce(name, byName, byPattern);
  let frozen: TestRedis | undefined;
  const change = async (how: 'give up' | 'freeze' | 'kill') => {
    frozen?.thaw();
    frozen = undefined;
    const { master, replica } = await rolesOf(cluster.masters[0], cluster.replica);
    if (how === 'give up') return takeOver(replica);
    if (how === 'kill') return master.kill();
    frozen = master;
    master.freeze();
  };
  for (const how of ['give up', 'give up', 'freeze', 'give up', 'kill'] as const) {
    const before = [byName.gaps, byPattern.gaps];
    [byName, byPattern].forEach(({ heard }) => heard.splice(0));
    await change(how);
    await waitFor(() => byName.gaps > before[0] && byPattern.gaps > before[1], {
      what: `the gap to be told (${how})`,
      timeoutMs: 60_000,
    });
    await isHeardOnce(name, byName, byPattern);
  }
}, 300_000);
