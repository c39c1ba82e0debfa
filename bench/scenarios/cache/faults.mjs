// Many callers of one load, and a source that fails: a fleet of four processes.
import { setTimeout as sleep } from 'node:timers/promises';
import { step } from '../../harness/progress.mjs';
import { distribution, summarize } from '../../harness/stats.mjs';
import { nowMs } from '../../apps/common/clock.mjs';
import { paced } from '../../apps/cache/paced.mjs';
import { loadsBySecond, summarizeAnswers } from './analysis.mjs';
import { FACTS } from './arms.mjs';
import { withFleet } from '../../harness/fleet.mjs';

const PROCESSES = 4;
const CALLERS = 1000;
const LOAD_MS = 300;

const FAILING_MS = 8000;
/** Of each process: 16 000 answers in all. */
const CALL_EVERY_MS = 2;
const FAIL_AFTER_MS = 100;
const SHORT_TTL_MS = 100;
const GRACE_MS = 600_000;

/** @returns {Promise<Record<string, object>>} by arm */
export async function measureStampedes(repeats) {
  const stampedes = {};
  for (const arm of Object.values(FACTS)) {
    step(`cache: ${repeats} stampedes of ${PROCESSES} × ${CALLERS} callers on ${arm.name}`);
    stampedes[arm.name] = await withFleet(arm, PROCESSES, async ({ all }) => {
      const runs = [];
      for (let repeat = 0; repeat < repeats; repeat += 1) runs.push(await stampede(all, `cold:${repeat}`));
      return summarizeRuns(runs);
    });
  }
  return stampedes;
}

async function stampede(all, key) {
  const job = { key, callers: CALLERS, loadMs: LOAD_MS, durationMs: 20_000 };
  const results = await all('stampede', job);
  const loads = results.flatMap((result) => result.loads);
  const ends = results.flatMap(({ values }) => values.map(({ done }) => done));
  return {
    loads: loads.length,
    values: new Set(ends).size,
    lastAfterEndMs: Math.max(...results.map(({ lastAt }) => lastAt)) - Math.max(...ends),
  };
}

function summarizeRuns(runs) {
  const of = (value) => summarize(runs.map(value));
  return {
    ...{ processes: PROCESSES, callers: CALLERS, loadMs: LOAD_MS, repeats: runs.length },
    loads: of(({ loads }) => loads),
    lastAfterEndMs: of(({ lastAfterEndMs }) => lastAfterEndMs),
  };
}

/** While all loads fail: with a stale value within its grace, and without one. */
export async function measureFailing() {
  const failing = {};
  for (const name of ['holdfast', 'bentocache']) {
    failing[name] = {
      stale: await failingWith(name, GRACE_MS),
      none: await failingWith(name, undefined),
    };
  }
  return failing;
}

async function failingWith(name, graceMs) {
  step(`cache: a source that fails, ${graceMs ? 'with' : 'without'} a stale value, ${name}`);
  const policy = { key: 'failing', ttlMs: SHORT_TTL_MS, graceMs };
  return await withFleet(FACTS[name], PROCESSES, async ({ redis, members, all }) => {
    if (graceMs) {
      for (const member of members) await member.job('keep', policy);
      await sleep(2 * SHORT_TTL_MS);
    }
    const load = { failAfterMs: FAIL_AFTER_MS, durationMs: FAILING_MS, everyMs: CALL_EVERY_MS };
    const [results, ping] = await Promise.all([all('failing', { ...policy, ...load }), pings(redis.client)]);
    const loads = results.flatMap((result) => result.loads);
    const answers = summarizeAnswers(results.flatMap((result) => result.answers));
    return { loads: loadsBySecond(loads, FAILING_MS), answers, ping };
  });
}

/** What a bare round trip takes in the same seconds, from yet another process: no answer can be quicker than the machine. */
async function pings(client) {
  const times = [];
  const ping = async () => {
    const from = nowMs();
    await client.ping();
    times.push(nowMs() - from);
  };
  await paced(ping, { startAt: nowMs(), durationMs: FAILING_MS, everyMs: CALL_EVERY_MS });
  return distribution(times);
}
