import { createRequire } from 'node:module';
import { measureInterleaved, measureLink, profileArms } from '../../harness/interleave.mjs';
import { startLoad } from '../../harness/load.mjs';
import { describeMachine } from '../../harness/machine.mjs';
import { ROUNDS_OF_A_RESULT } from '../../harness/options.mjs';
import { hotSpotSections, withCpuProfile } from '../../harness/cpu-profile.mjs';
import { note } from '../../harness/progress.mjs';
import { pairedRatio, summarize } from '../../harness/stats.mjs';
import { ARMS, reasonToSkip } from './arms.mjs';
import { linkSection, loadSection, memorySection } from './table.mjs';
import { judge } from './targets.mjs';

const name = 'guarded-request';
const title = 'Guarded request: one product by GET, behind session, rate limit and cache hit';
const SECONDS_OF_A_RESULT = 5;

export const guardedRequest = { name, title, arms: ARMS, run };

async function run(options) {
  const machine = describeMachine();
  const { chosen, skipped } = chooseArms(options);
  const measured = options.profile ? chosen.map(withCpuProfile) : chosen;
  const { makeProduct } = createRequire(import.meta.url)('../../dist/common/product.js');
  const scenario = { name, expectedBody: makeProduct('1001') };
  const profiles = await profileArms(scenario, chosen);
  const tables = [await measureTable(scenario, measured, options, 0)];
  if (options.redisDelayMs > 0)
    tables.push(await measureTable(scenario, measured, options, options.redisDelayMs));
  const preliminary = options.rounds < ROUNDS_OF_A_RESULT || options.durationMs < SECONDS_OF_A_RESULT * 1000;
  const result = { scenario: name, title, machine, options, preliminary, skipped, profiles, tables };
  result.targets = judge(result);
  const sections = tables.map((table) => loadSection(table, options));
  if (options.profile) sections.push(...hotSpotSections(chosen));
  return { result, sections: [...sections, linkSection(profiles, tables[0]), memorySection(tables[0])] };
}

function chooseArms({ arms }) {
  const wanted = ARMS.filter((arm) => (arms.length > 0 ? arms.includes(arm.name) : !arm.optional));
  const skipped = wanted.flatMap((arm) => {
    const reason = reasonToSkip(arm);
    return reason ? [{ name: arm.name, reason }] : [];
  });
  for (const arm of skipped) note(`${arm.name} is left out: ${arm.reason}`);
  return { chosen: wanted.filter((arm) => !reasonToSkip(arm)), skipped };
}

async function measureTable(scenario, chosen, options, redisDelayMs) {
  const link = await measureLink(redisDelayMs);
  const load = await startLoad();
  try {
    const rounds = await measureInterleaved(
      scenario,
      chosen,
      options,
      { delayMs: redisDelayMs, ...link },
      load,
    );
    const arms = Object.fromEntries(Object.entries(rounds).map(([arm, list]) => [arm, summarizeArm(list)]));
    return { redisDelayMs, link, arms: withRatios(arms) };
  } finally {
    await load.stop();
  }
}

function summarizeArm(rounds) {
  const of = (value) => summarize(rounds.map(value));
  const closed = (field) => of((round) => round.closed[field]);
  const { memory, lateness, closed: last } = rounds.at(-1);
  const arm = Object.fromEntries(
    ['perSecond', 'p50Ms', 'p99Ms', 'appCpuUs', 'redisCpuUs'].map((f) => [f, closed(f)]),
  );
  if (last.loadCpuShare !== undefined) arm.loadCpuShare = closed('loadCpuShare');
  arm.failures = rounds.reduce((sum, round) => sum + failuresOf(round), 0);
  if (rounds.at(-1).paced) arm.paced = { p50Ms: of((r) => r.paced.p50Ms), p99Ms: of((r) => r.paced.p99Ms) };
  return {
    ...arm,
    commandsPerRequest: last.commandsPerRequest,
    memory,
    lateness: lateness?.samples ? lateness : undefined,
  };
}

const failuresOf = ({ closed, paced }) => (closed.failures ?? 0) + (paced?.failures ?? 0);

/** Adds, to each arm, its requests/s as a share of bare's, and Holdfast's as a multiple of its own. */
function withRatios(arms) {
  for (const [arm, own] of Object.entries(arms)) {
    if (arms.bare && arm !== 'bare')
      own.toBare = pairedRatio(own.perSecond.values, arms.bare.perSecond.values);
    if (arms.holdfast && arm !== 'holdfast') {
      own.holdfastTo = pairedRatio(arms.holdfast.perSecond.values, own.perSecond.values);
    }
  }
  return arms;
}
