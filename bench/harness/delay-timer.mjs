// The thread behind a DelayLine: sleeps for the asked microseconds and rings. See delay-line.mjs for the cells.
import { workerData } from 'node:worker_threads';
import { ALARM, ASKED_US, RING } from './delay-line.mjs';

for (;;) {
  Atomics.wait(workerData, ASKED_US, 0);
  const askedUs = Atomics.exchange(workerData, ASKED_US, 0);
  if (askedUs < 0) break;
  Atomics.wait(workerData, ALARM, 0, askedUs / 1000);
  Atomics.add(workerData, RING, 1);
  Atomics.notify(workerData, RING);
}
