import { performance } from 'node:perf_hooks';
import { percentile } from '../../harness/stats.mjs';

/**
 * Lets the harness drive one operation: once, or as often as possible with a number of them in flight.
 *
 * @param {(index: number) => Promise<unknown>} operate gives what is false for an operation that failed
 * @param {{ batch?: number, jobs?: object }} [options] how many requests one operation makes, where one alone is too short to
 *   be timed; further jobs
 */
export function serveDriver(operate, { batch = 1, jobs = {} } = {}) {
  serveJobs({
    ...jobs,
    once: async () => ({ value: (await operate(0)) && true }),
    loop: (job) => loop(operate, batch, job),
  });
}

/**
 * Lets the harness ask for any of these jobs by its name.
 *
 * @param {Record<string, (job: object) => Promise<object | void>>} jobs
 */
export function serveJobs(jobs) {
  process.on('message', async ({ id, kind, ...job }) => process.send({ id, ...(await jobs[kind](job)) }));
  process.on('disconnect', () => process.exit());
  process.send({ ready: true });
}

/**
 * Drives an operation as often as possible, with a number of them in flight, and gives how fast it was.
 *
 * @param {(index: number) => Promise<unknown>} operate
 * @param {number} batch how many requests one operation makes
 * @param {{ inFlight: number, durationMs: number }} job
 */
export async function loop(operate, batch, { inFlight, durationMs }) {
  const times = [];
  let failures = 0;
  const from = performance.now();
  const lane = async (index) => {
    for (let now = from; now - from < durationMs;) {
      const started = performance.now();
      const succeeded = await operate(index);
      now = performance.now();
      if (succeeded) times.push((now - started) / batch);
      else failures += batch;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, index) => lane(index)));
  const seconds = (performance.now() - from) / 1000;
  const sorted = Float64Array.from(times).sort();
  const requests = sorted.length * batch;
  return {
    requests,
    failures,
    perSecond: requests / seconds,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    maxMs: sorted.at(-1),
  };
}
