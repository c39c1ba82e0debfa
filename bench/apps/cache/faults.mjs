// A load that many wait for, and a source that fails. The harness gives all processes of a fleet the moment to start.
import { setTimeout as sleep } from 'node:timers/promises';
import { nowMs } from '../common/clock.mjs';
import { TTL_MS } from './content.mjs';
import { paced } from './paced.mjs';

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
    /**
     * Calls by the clock while every load fails after a while.
     *
     * @returns {Promise<{ loads: number[], answers: [at: number, ms: number, outcome: string][] }>} from the start, ms
     */
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
        answers.push([from - startAt, nowMs() - from, outcome]);
      };
      await untilMs(startAt);
      await paced(call, { startAt, durationMs, everyMs });
      return { loads, answers };
    },
  };
}

const distinct = (answers) => [...new Map(answers.map(({ value }) => [value.load, value])).values()];
