import { setTimeout as sleep } from 'node:timers/promises';
import { nowMs } from '../common/clock.mjs';

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
