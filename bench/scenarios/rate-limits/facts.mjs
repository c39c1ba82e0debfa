// What is counted once and not timed: the bytes of a key, and what refusals write.
import { setTimeout as sleep } from 'node:timers/promises';
import { startDriver } from '../../harness/driver-round.mjs';
import { step } from '../../harness/progress.mjs';
import { startRedis } from '../../harness/redis-server.mjs';
import { withStand } from '../../harness/stand.mjs';
import { FACTS } from './arms.mjs';

const WAIT_MS = 10_000;
/** The end of a key that holds no counter: which replicas are alive. */
const HEARTBEATS = 'alive';
/** Between two heartbeats of a replica, which are two seconds apart: they write. */
const REFUSE_MS = 1200;
const SLIDE_MS = 3500;
const SAMPLE_EVERY_MS = 250;

/**
 * @returns {Promise<{ bytes: Record<string, number>, limit: number, refusals: object }>} the most bytes that a key of each
 *   policy took, and the limit that was used up
 */
export async function measureFacts() {
  step('rate-limits: counting bytes a key and what refusals write');
  const start = (redisUrl) => startDriver(FACTS, redisUrl);
  return await withStand({}, start, async ({ redis, subject }) => {
    const { limit } = await subject.job('fill');
    const used = await mostBytes(redis.client);
    const refusals = await withReplica(redis, () => measureRefusals(redis.client, subject));
    const slid = await watchSliding(redis.client, subject);
    return { limit, bytes: { ...used, ...slid }, refusals };
  });
}

/** The most that a key of each policy takes, by MEMORY USAGE of all elements. */
async function mostBytes(client) {
  const most = {};
  for await (const keys of client.scanStream({ count: 500, match: '*:rate-limit:{*' })) {
    for (const key of keys) {
      const policy = key.slice(key.lastIndexOf(':') + 1);
      if (policy === HEARTBEATS) continue;
      const bytes = Number((await client.memory('USAGE', key, 'SAMPLES', 0)) ?? 0);
      most[policy] = Math.max(most[policy] ?? 0, bytes);
    }
  }
  return most;
}

/** The same while a sliding window is overloaded and its hits come and go. */
async function watchSliding(client, subject) {
  const sliding = subject.job('slide', { durationMs: SLIDE_MS });
  const most = {};
  for (const until = Date.now() + SLIDE_MS; Date.now() < until; await sleep(SAMPLE_EVERY_MS)) {
    for (const [policy, bytes] of Object.entries(await mostBytes(client))) {
      if (policy.startsWith('slid-')) most[policy] = Math.max(most[policy] ?? 0, bytes);
    }
  }
  await sliding;
  return most;
}

/** Redis counts what it would tell a replica only once it has one. */
async function withReplica(redis, use) {
  await redis.client.config('SET', 'repl-diskless-sync-delay', '0', 'repl-ping-replica-period', '3600');
  const replica = await startRedis(['--replicaof', '127.0.0.1', String(redis.port)]);
  try {
    const isOnline = async () => (await redis.client.info('replication')).includes('state=online');
    await until(isOnline, 'the replica is online');
    return await use();
  } finally {
    await replica.stop();
  }
}

async function measureRefusals(client, subject) {
  const beaten = await offset(client);
  await until(async () => (await offset(client)) !== beaten, 'a heartbeat was written');
  const before = await offset(client);
  const { refusals } = await subject.job('refuse', { durationMs: REFUSE_MS });
  const after = await offset(client);
  await subject.job('allow');
  return { refusals, bytes: after - before, bytesOfOneAllowed: (await offset(client)) - after };
}

async function offset(client) {
  return Number(/master_repl_offset:(\d+)/.exec(await client.info('replication'))[1]);
}

async function until(isSo, what) {
  for (const deadline = Date.now() + WAIT_MS; Date.now() < deadline; await sleep(5)) {
    if (await isSo()) return;
  }
  throw new Error(`Waited in vain until ${what}.`);
}
