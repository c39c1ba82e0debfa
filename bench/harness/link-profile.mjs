import { setTimeout as sleep } from 'node:timers/promises';
import { commandCounts, commandsPerOperation } from './redis-stats.mjs';
import { summarize } from './stats.mjs';

const OPERATIONS = 200;
const WARM_UP = 50;
/** What is still sent after the answer belongs to the operation as well. */
const SETTLED_MS = 4;

/** The link of a profiled stand: commands that leave side by side must reach the proxy before the first answer does. */
export const PROFILED_LINK = { delayMs: 1, countCommands: true };

/**
 * Counts, one operation at a time, what one operation costs on the way to Redis: round trips that its answer waits
 * for, round trips after it, bytes, commands sent by the client, and commands executed by the server (in scripts too).
 *
 * @param {{ redis, proxy }} stand over a PROFILED_LINK
 * @param {(index: number) => Promise<unknown>} operate
 * @param {number} [settledMs] how long after its answer all of an operation has been sent
 */
export async function profileLink({ redis, proxy }, operate, settledMs = SETTLED_MS) {
  for (let index = 0; index < WARM_UP; index += 1) await operate(index);
  await sleep(50);
  const executedBefore = await commandCounts(redis.client);
  const first = await proxy.snapshot();
  const samples = [];
  for (let index = 0; index < OPERATIONS; index += 1)
    samples.push(await sample(proxy, () => operate(index), settledMs));
  const last = await proxy.snapshot();
  const executedAfter = await commandCounts(redis.client);
  return {
    ...summarizeSamples(samples),
    connections: last.connections,
    sent: commandsPerOperation(first.commands, last.commands, OPERATIONS),
    executed: commandsPerOperation(executedBefore, executedAfter, OPERATIONS),
  };
}

async function sample(proxy, operate, settledMs) {
  const before = await proxy.snapshot();
  await operate();
  const answered = await proxy.snapshot();
  await sleep(settledMs);
  return { before, answered, settled: await proxy.snapshot() };
}

function summarizeSamples(samples) {
  const median = (value) => summarize(samples.map(value)).median;
  const roundTrips = samples.map(({ before, answered }) => answered.roundTrips - before.roundTrips);
  return {
    roundTrips: summarize(roundTrips).median,
    roundTripsMost: Math.max(...roundTrips),
    roundTripsAfterAnswer: median(({ answered, settled }) => settled.roundTrips - answered.roundTrips),
    bytesToRedis: median(({ before, settled }) => settled.bytesToRedis - before.bytesToRedis),
    bytesFromRedis: median(({ before, settled }) => settled.bytesFromRedis - before.bytesFromRedis),
  };
}
