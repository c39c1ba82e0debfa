import { chooseArms } from '../../harness/arms.mjs';
import { hotSpotSections, withCpuProfile } from '../../harness/cpu-profile.mjs';
import { profileArms } from '../../harness/interleave.mjs';
import { describeMachine } from '../../harness/machine.mjs';
import { measureTable } from '../../harness/measure-table.mjs';
import { isPreliminary } from '../../harness/options.mjs';
import { linkSection, memorySection } from '../../harness/sections.mjs';
import { pairedRatio } from '../../harness/stats.mjs';
import { ARMS } from './arms.mjs';
import { measureFacts } from './facts.mjs';
import { decisionsSection, factsSection, refusalsSection } from './table.mjs';
import { judge } from './targets.mjs';

const name = 'rate-limits';
const title = 'Rate limits: decisions of a thousand clients in turn, without HTTP';

export const rateLimits = { name, title, arms: ARMS, run };

async function run(options) {
  const machine = describeMachine();
  const { chosen, skipped } = chooseArms(ARMS, options);
  const scenario = { name };
  const profiles = await profileArms(
    scenario,
    chosen.filter(({ answers }) => answers === 'redis'),
  );
  const facts = await measureFacts();
  const timed = chosen.filter(({ onlyProfiled }) => !onlyProfiled);
  const measured = options.profile ? timed.map(withCpuProfile) : timed;
  const tables = [withRatios(await measureTable(scenario, measured, options, 0))];
  const far = measured.filter((arm) => arm.far);
  if (options.redisDelayMs > 0 && far.length > 0)
    tables.push(withRatios(await measureTable(scenario, far, options, options.redisDelayMs)));
  const preliminary = isPreliminary(options);
  const result = { scenario: name, title, machine, options, preliminary, skipped, profiles, facts, tables };
  result.targets = judge(result);
  return { result, sections: sectionsOf(result, options.profile ? timed : []) };
}

function sectionsOf({ tables, profiles, facts, options }, profiled) {
  return [
    ...tables.map((table) => decisionsSection(table, options)),
    refusalsSection(tables[0], facts),
    linkSection('decision', profiles, tables[0]),
    factsSection(facts),
    memorySection(tables[0]),
    ...hotSpotSections(profiled),
  ];
}

/** Adds, to each arm that is compared with one of Holdfast's, that one's decisions/s as a multiple of its own. */
function withRatios(table) {
  for (const { name: arm, against } of ARMS) {
    const own = table.arms[arm];
    const ours = table.arms[against];
    if (own && ours) own.holdfastTo = pairedRatio(ours.perSecond.values, own.perSecond.values);
  }
  return table;
}
