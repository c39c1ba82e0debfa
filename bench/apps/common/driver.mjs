import { performance } from 'node:perf_hooks';
import { percentile } from '../../harness/stats.mjs';

/**
 * Lets the harness drive one operation: once, or as often as possible with a number of them in flight.
 *
 * @param {(index: number) => Promise<unknown>} operate
 */
export function serveDriver(operate) {
  process.on('message', async ({ id, kind, ...job }) => {
    process.send({
      id,
      ...(kind === 'loop' ? await loop(operate, job) : { value: (await operate(0)) && true }),
    });
  });
  process.on('disconnect', () => process.exit());
  process.send({ ready: true });
}

async function loop(operate, { inFlight, durationMs }) {
  const times = [];
  const from = performance.now();
  const lane = async (index) => {
    for (let now = from; now - from < durationMs;) {
      const started = performance.now();
      await operate(index);
      now = performance.now();
      times.push(now - started);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, index) => lane(index)));
  const seconds = (performance.now() - from) / 1000;
  const sorted = times.sort((a, b) => a - b);
  return {
    requests: sorted.length,
    perSecond: sorted.length / seconds,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    maxMs: sorted.at(-1),
  };
}
