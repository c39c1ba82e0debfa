// What every arm does with events: a process consumes, another one publishes, and both read the same clock.
import { setTimeout as sleep } from 'node:timers/promises';
import { nowMs } from '../common/clock.mjs';
import { serveJobs } from '../common/driver.mjs';

/** Events of one call. */
export const BATCH = 200;
/** Calls under way at once. */
const LANES = 4;

/**
 * @param {object} arm
 * @param {(events: { n: number, at?: number }[]) => Promise<unknown>} arm.publish settles when they are stored
 * @param {(event: { n: number, at?: number }) => Promise<unknown>} arm.publishOne the same for one
 * @param {() => number | null} [arm.roundTrips] so far, of this process
 * @returns {(event: { n: number, at?: number }) => void} what the arm calls for each event that it is given
 */
export function serveEvents({ publish, publishOne, roundTrips = () => null }) {
  const handled = new Handled();
  serveJobs({
    roundTrips: () => ({ value: roundTrips() }),
    handled: () => ({ value: handled.count }),
    /** Settles when so many more events were handled. */
    await: ({ events }) => handled.more(events),
    produce: ({ events }) => produce(publish, events),
    pace: ({ rate, events }) => pace(publishOne, rate, events),
  });
  return (event) => handled.add(event);
}

/** The events that this process has handled, and how long after they were published. */
class Handled {
  count = 0;
  latencies = [];
  target = Infinity;
  reached = () => {};

  add({ at }) {
    if (at !== undefined) this.latencies.push(nowMs() - at);
    this.count += 1;
    if (this.count === this.target) this.reached();
  }

  more(events) {
    this.latencies = [];
    this.target = this.count + events;
    return new Promise((resolve) => {
      this.reached = () => resolve({ endedAt: nowMs(), latencies: this.latencies });
    });
  }
}

async function produce(publish, events) {
  const startedAt = nowMs();
  let next = 0;
  const lane = async () => {
    for (let first = next; first < events; first = next) {
      next += BATCH;
      await publish(Array.from({ length: BATCH }, (_, n) => ({ n: first + n })));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return { startedAt };
}

/** Publishes one by one at a rate, by the clock, whether or not the earlier ones are stored. */
async function pace(publishOne, rate, events) {
  const startedAt = nowMs();
  const stored = [];
  for (let n = 0; n < events;) {
    const due = Math.min(events, Math.floor(((nowMs() - startedAt) / 1000) * rate));
    // Stamped with when it was due, so that being late counts.
    for (; n < due; n += 1) stored.push(publishOne({ n, at: startedAt + ((n + 1) * 1000) / rate }));
    await sleep(1);
  }
  await Promise.all(stored);
}
