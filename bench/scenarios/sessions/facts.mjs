// What is measured once and not in rounds: the memory of a session, the end of all sessions of one user, refusals.
import { setTimeout as sleep } from 'node:timers/promises';
import { startDriver } from '../../harness/driver-round.mjs';
import { PROFILED_LINK } from '../../harness/link-profile.mjs';
import { step } from '../../harness/progress.mjs';
import { startProxy } from '../../harness/proxy.mjs';
import { usedMemory } from '../../harness/redis-stats.mjs';
import { withStand } from '../../harness/stand.mjs';
import { summarize } from '../../harness/stats.mjs';
import { FACTS, REVOKING } from './arms.mjs';

const USERS = 100_000;
const DEVICES = 1000;
const REPEATS = 5;
const REFUSALS = 60_000;
/** Buffers of the load go, and a hash table that grows has moved. */
const SETTLE_MS = 1000;

/** @returns {Promise<Record<string, { bytes: number, users: number, revokeAll?: object }>>} by arm */
export async function measureFacts() {
  const facts = {};
  for (const arm of FACTS) {
    step(`sessions: the memory of ${USERS} sessions of ${arm.name}`);
    facts[arm.name] = await withStand(
      {},
      (redisUrl) => startDriver(arm, redisUrl),
      (stand) => measureArm(arm, stand),
    );
  }
  return facts;
}

async function measureArm(arm, { redis, subject }) {
  const before = await usedMemory(redis.client);
  await subject.job('fill', { users: USERS, durationMs: 120_000 });
  await sleep(SETTLE_MS);
  const bytes = ((await usedMemory(redis.client)) - before) / USERS;
  const memory = { users: USERS, bytes };
  if (!REVOKING.includes(arm.name)) return memory;
  const revoking = { ...memory, revokeAll: await measureRevokeAll(arm, redis) };
  return arm.name === 'holdfast' ? { ...revoking, refusals: await measureRefusals(subject) } : revoking;
}

/** Microseconds that it takes to refuse each kind of token. */
async function measureRefusals(subject) {
  step(`sessions: the time of ${REFUSALS} refusals`);
  const { times } = await subject.job('refusals', { count: REFUSALS, durationMs: 120_000 });
  const quartiles = ({ median, q1, q3 }) => ({ median, q1, q3 });
  return Object.fromEntries(Object.entries(times).map(([kind, us]) => [kind, quartiles(summarize(us))]));
}

/** Among the sessions of all others. Timed without the proxy; what it sends is counted at one, in another process. */
async function measureRevokeAll(arm, redis) {
  step(`sessions: the end of ${DEVICES} sessions of one user, ${arm.name}`);
  const times = [];
  const direct = await startDriver(arm, redis.url);
  try {
    for (let repeat = 0; repeat < REPEATS; repeat += 1) times.push((await revokeOnce(direct)).ms);
  } finally {
    await direct.stop();
  }
  return { devices: DEVICES, ms: summarize(times), ...(await countRevokeAll(arm, redis)) };
}

async function countRevokeAll(arm, redis) {
  const proxy = await startProxy(redis.port, PROFILED_LINK);
  const stops = [proxy.stop];
  try {
    const subject = await startDriver(arm, proxy.url);
    stops.push(subject.stop);
    let before;
    await revokeOnce(subject, async () => (before = await proxy.snapshot()));
    const after = await proxy.snapshot();
    // The driver looks once, after the end, whether a session is really gone.
    return {
      roundTrips: after.roundTrips - before.roundTrips - 1,
      bytes: after.bytesToRedis + after.bytesFromRedis - before.bytesToRedis - before.bytesFromRedis,
    };
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

async function revokeOnce(subject, beforeIt = () => undefined) {
  await subject.job('login', { count: DEVICES, durationMs: 120_000 });
  await beforeIt();
  const outcome = await subject.job('revokeAll', { durationMs: 120_000 });
  if (outcome.revoked !== DEVICES) throw new Error(`${outcome.revoked} of ${DEVICES} sessions were revoked.`);
  return outcome;
}
