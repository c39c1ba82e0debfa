// A load that many wait for, and a source that fails. The harness gives all processes of a fleet the moment to start.
import { setTimeout as sleep } from 'node:timers/promises';
import { nowMs, TTL_MS } from './content.mjs';
import { percentile } from '../../harness/stats.mjs';

const untilMs = (at) => sleep(Math.max(0, at - nowMs()));

export function serveFaults(cache) {
  return {
    /** A value that is stale soon. */
    async keep({ key, ttlMs, graceMs }) {
      await cache.getOrSet(key, async () => ({ load: 0 }), { ttlMs, graceMs });
    },
    /** Many callers at once of a key that takes long to load. */
    async stampede({ key, callers, loadMs, startAt, graceMs }) {
      const loads = [];
      const load = async () => {
        const from = nowMs();
        loads.push(from);
        await sleep(loadMs);
        return { load: from, done: nowMs() };
      };
      await untilMs(startAt);
      const from = nowMs();
      const answers = await Promise.all(
        Array.from({ length: callers }, async () => {
          const value = await cache.getOrSet(key, load, { ttlMs: TTL_MS, graceMs });
          return { at: nowMs(), value };
        }),
      );
      const times = answers.map(({ at }) => at);
      return {
        from,
        loads,
        values: distinct(answers),
        firstAt: Math.min(...times),
        lastAt: Math.max(...times),
      };
    },
    /** Calls by the clock while every load fails after a while. */
    async failing({ key, failAfterMs, startAt, durationMs, everyMs, ttlMs, graceMs }) {
      const loads = [];
      const load = async () => {
        loads.push(nowMs() - startAt);
        await sleep(failAfterMs);
        throw new Error('the database is away');
      };
      const answers = [];
      const call = async () => {
        const from = nowMs();
        const outcome = await cache.getOrSet(key, load, { ttlMs, graceMs }).then(
          () => 'value',
          (error) => error.code ?? error.message,
        );
        answers.push({ ms: nowMs() - from, outcome, at: from - startAt });
      };
      await untilMs(startAt);
      await paced(call, { startAt, durationMs, everyMs });
      return { loads, answers: byOutcome(answers) };
    },
  };
}

const distinct = (answers) => [...new Map(answers.map(({ value }) => [value.load, value])).values()];

/** Calls by the clock whether or not earlier ones were answered. Ends with the last answer. */
export async function paced(call, { startAt, durationMs, everyMs }) {
  const calls = [];
  for (let index = 0; index * everyMs < durationMs;) {
    for (; index * everyMs <= nowMs() - startAt && index * everyMs < durationMs; index += 1)
      calls.push(call(index));
    await sleep(1);
  }
  await Promise.all(calls);
}

/** The slowest ones are shown with the moment at which they began. */
function byOutcome(answers) {
  const outcomes = [...new Set(answers.map(({ outcome }) => outcome))];
  return Object.fromEntries(
    outcomes.map((outcome) => {
      const own = answers.filter((answer) => answer.outcome === outcome);
      const times = own.map(({ ms }) => ms).sort((a, b) => a - b);
      const slowest = [...own].sort((a, b) => b.ms - a.ms).slice(0, 5);
      return [outcome, { count: own.length, times, p50: percentile(times, 0.5), slowest }];
    }),
  );
}
