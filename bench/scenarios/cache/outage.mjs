// Redis frozen, and Redis killed, while requests come by the clock.
import { setTimeout as sleep } from 'node:timers/promises';
import { step } from '../../harness/progress.mjs';
import { startDriver } from '../../harness/driver-round.mjs';
import { startRedis } from '../../harness/redis-server.mjs';
import { summarize } from '../../harness/stats.mjs';
import { nowMs } from '../../apps/common/clock.mjs';
import { describeOutage } from './analysis.mjs';
import { FACTS } from './arms.mjs';

const EVERY_MS = 2;
/** The first second does not count; see analysis.mjs. */
const BEFORE_MS = 2500;
const AFTER_MS = 3000;

/** Lengths of outages: a client's pauses between attempts grow to their longest within the first. */
const OUTAGES_MS = [1500, 2300, 3100, 3900, 4700];

/** How Redis goes away, and how it comes back. */
const WAYS = {
  frozen: {
    stop: (redis) => process.kill(redis.pid, 'SIGSTOP'),
    resume: async (redis) => {
      process.kill(redis.pid, 'SIGCONT');
      return redis;
    },
  },
  killed: {
    stop: (redis) => process.kill(redis.pid, 'SIGKILL'),
    resume: async (redis) => {
      await redis.stop();
      return await startRedis([], redis.port);
    },
  },
};

/**
 * Without the tier in the process every request asks Redis, one in eleven for a key that is often not there; with it, some
 * hundred hot keys are held here.
 */
const TIERS = { redis: { env: { TIER: 'redis' }, coldEvery: 11 }, both: { env: {} } };

/** @returns {Promise<Record<string, Record<string, object>>>} by the way and the tiers */
export async function measureOutages(repeats) {
  const outages = {};
  for (const way of Object.keys(WAYS)) {
    outages[way] = {};
    for (const [tier, load] of Object.entries(TIERS)) {
      const runs = [];
      for (const outageMs of OUTAGES_MS.slice(0, repeats)) {
        step(`cache: Redis ${way} for ${outageMs} ms, ${tier === 'redis' ? 'Redis alone' : 'both tiers'}`);
        runs.push(await outage(WAYS[way], load, outageMs));
      }
      outages[way][tier] = summarizeRuns(runs);
    }
  }
  return outages;
}

async function outage(way, { env, coldEvery }, outageMs) {
  let redis = await startRedis();
  const { holdfast } = FACTS;
  const subject = await startDriver({ ...holdfast, env: { ...holdfast.env, ...env } }, redis.url);
  try {
    const durationMs = BEFORE_MS + outageMs + AFTER_MS;
    const requests = subject.job('requests', { durationMs, everyMs: EVERY_MS, coldEvery });
    // Not yet awaited: its failure shows below.
    requests.catch(() => {});
    await sleep(BEFORE_MS);
    const stoppedAt = nowMs();
    way.stop(redis);
    await sleep(outageMs);
    const resumedAt = nowMs();
    redis = await way.resume(redis);
    const upAt = nowMs();
    const { samples } = await requests;
    return describeOutage(samples, { stoppedAt, resumedAt, upAt });
  } finally {
    await subject.stop();
    await redis.stop();
  }
}

function summarizeRuns(runs) {
  const fields = Object.keys(runs[0]);
  return Object.fromEntries(fields.map((field) => [field, summarize(runs.map((run) => run[field]))]));
}
