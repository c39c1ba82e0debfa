import { measureInterleaved, measureLink } from './interleave.mjs';
import { startLoad } from './load.mjs';
import { summarize } from './stats.mjs';

/**
 * All rounds of all arms over one kind of link.
 *
 * @param {{ name: string }} scenario
 * @param {import('./options.mjs').Options} options
 * @returns {Promise<{ redisDelayMs: number, link: object, arms: Record<string, object> }>}
 */
export async function measureTable(scenario, arms, options, redisDelayMs) {
  const link = await measureLink(redisDelayMs);
  const load = await startLoad();
  try {
    const delayed = { delayMs: redisDelayMs, ...link };
    const rounds = await measureInterleaved(scenario, arms, options, delayed, load);
    const summaries = Object.entries(rounds).map(([arm, list]) => [arm, summarizeArm(list)]);
    return { redisDelayMs, link, arms: Object.fromEntries(summaries) };
  } finally {
    await load.stop();
  }
}

/** Of all rounds of one arm: each number as a summary, and what the last round left. */
export function summarizeArm(rounds) {
  const of = (value) => summarize(rounds.map(value));
  const closed = (field) => of((round) => round.closed[field]);
  const { memory, lateness, closed: last, paced, alone } = rounds.at(-1);
  const arm = Object.fromEntries(
    ['perSecond', 'p50Ms', 'p99Ms', 'appCpuUs', 'redisCpuUs', 'wireBytes'].map((f) => [f, closed(f)]),
  );
  if (last.loadCpuShare !== undefined) arm.loadCpuShare = closed('loadCpuShare');
  arm.failures = rounds.reduce((sum, round) => sum + failuresOf(round), 0);
  if (paced) arm.paced = { p50Ms: of((r) => r.paced.p50Ms), p99Ms: of((r) => r.paced.p99Ms) };
  if (alone) arm.alone = { p50Ms: of((r) => r.alone.p50Ms), p99Ms: of((r) => r.alone.p99Ms) };
  return {
    ...arm,
    commandsPerRequest: last.commandsPerRequest,
    memory,
    lateness: lateness?.samples ? lateness : undefined,
  };
}

const failuresOf = ({ closed, paced, alone }) =>
  [closed, paced, alone].reduce((sum, load) => sum + (load?.failures ?? 0), 0);
