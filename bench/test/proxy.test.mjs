import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Redis } from 'ioredis';
import { pingMs, startProxy } from '../harness/proxy.mjs';
import { startRedis } from '../harness/redis-server.mjs';

let redis;
before(async () => (redis = await startRedis()));
after(async () => await redis.stop());

/** Runs `use` with two clients through a counting proxy, and returns what it added to the counters. */
async function counted(use) {
  const proxy = await startProxy(redis.port, { delayMs: 1, countCommands: true });
  const clients = [new Redis(proxy.url), new Redis(proxy.url)];
  try {
    await Promise.all(clients.map((client) => client.ping()));
    const first = await proxy.snapshot();
    await use(...clients);
    const last = await proxy.snapshot();
    const pings = (last.commands.ping ?? 0) - (first.commands.ping ?? 0);
    return { roundTrips: last.roundTrips - first.roundTrips, pings };
  } finally {
    for (const client of clients) client.disconnect();
    await proxy.stop();
  }
}

test('commands that wait for one another are round trips of their own', async () => {
  const counts = await counted(async (client) => {
    await client.ping();
    await client.ping();
    await client.ping();
  });
  assert.deepEqual(counts, { roundTrips: 3, pings: 3 });
});

test('a pipeline is one round trip', async () => {
  const counts = await counted(async (client) => await client.pipeline().ping().ping().ping().exec());
  assert.deepEqual(counts, { roundTrips: 1, pings: 3 });
});

test('commands sent side by side on two connections share a round trip', async () => {
  const counts = await counted(async (one, two) => await Promise.all([one.ping(), two.ping()]));
  assert.deepEqual(counts, { roundTrips: 1, pings: 2 });
});

test('a delay below a millisecond is kept', async () => {
  const direct = await pingMs(redis.port, 100);
  const proxy = await startProxy(redis.port, { delayMs: 0.5 });
  const delayed = await pingMs(proxy.port, 100);
  await proxy.stop();
  const added = delayed.median - direct.median;
  assert.ok(added > 0.9 && added < 2, `a PING took ${added} ms longer`);
});
