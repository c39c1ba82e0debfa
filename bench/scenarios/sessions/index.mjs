import { chooseArms } from '../../harness/arms.mjs';
import { hotSpotSections, withCpuProfile } from '../../harness/cpu-profile.mjs';
import { profileArms } from '../../harness/interleave.mjs';
import { describeMachine } from '../../harness/machine.mjs';
import { measureTable } from '../../harness/measure-table.mjs';
import { isPreliminary } from '../../harness/options.mjs';
import { linkSection, memorySection } from '../../harness/sections.mjs';
import { pairedRatio } from '../../harness/stats.mjs';
import { answerOf, contentOf } from '../../apps/sessions/content.mjs';
import { ARMS } from './arms.mjs';
import { measureFacts } from './facts.mjs';
import { appsSection, factsSection, refusalsSection, storesSection } from './table.mjs';
import { judge } from './targets.mjs';

const name = 'sessions';
const title = 'Sessions: load and slide, in process and behind a route; memory; revoking all of a user';

export const sessions = { name, title, arms: ARMS, run };

async function run(options) {
  const machine = describeMachine();
  const { chosen, skipped } = chooseArms(ARMS, options);
  const scenario = { name, expectedBody: answerOf(contentOf(0)) };
  const facts = await measureFacts();
  const profiles = await profileArms(scenario, chosen);
  const measured = options.profile ? chosen.map(withCpuProfile) : chosen;
  const tables = [];
  for (const delayMs of new Set([0, options.redisDelayMs]))
    tables.push(withRatios(await measureTable(scenario, measured, options, delayMs)));
  const preliminary = isPreliminary(options);
  const result = { scenario: name, title, machine, options, preliminary, skipped, profiles, facts, tables };
  result.targets = judge(result);
  return { result, sections: sectionsOf(result, options.profile ? chosen : []) };
}

function sectionsOf({ tables, profiles, facts, options }, profiled) {
  return [
    ...tables.flatMap((table) => [storesSection(table, options), appsSection(table, options)]),
    linkSection('use of a session', profiles, tables[0]),
    factsSection(facts),
    refusalsSection(facts),
    memorySection(tables[0]),
    ...hotSpotSections(profiled),
  ];
}

/** Adds, to each arm that is compared with one of Holdfast's, that one's uses/s as a multiple of its own. */
function withRatios(table) {
  for (const { name: arm, against } of ARMS) {
    const [own, ours] = [table.arms[arm], table.arms[against]];
    if (own && ours) own.holdfastTo = pairedRatio(ours.perSecond.values, own.perSecond.values);
  }
  return table;
}
