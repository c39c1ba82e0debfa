import { createRequire } from 'node:module';
import { chooseArms } from '../../harness/arms.mjs';
import { hotSpotSections, withCpuProfile } from '../../harness/cpu-profile.mjs';
import { profileArms } from '../../harness/interleave.mjs';
import { describeMachine } from '../../harness/machine.mjs';
import { measureTable } from '../../harness/measure-table.mjs';
import { isPreliminary } from '../../harness/options.mjs';
import { linkSection, memorySection } from '../../harness/sections.mjs';
import { pairedRatio } from '../../harness/stats.mjs';
import { ARMS } from './arms.mjs';
import { loadSection } from './table.mjs';
import { judge } from './targets.mjs';

const name = 'guarded-request';
const title = 'Guarded request: one product by GET, behind session, rate limit and cache hit';

export const guardedRequest = { name, title, arms: ARMS, run };

async function run(options) {
  const machine = describeMachine();
  const { chosen, skipped } = chooseArms(ARMS, options);
  const measured = options.profile ? chosen.map(withCpuProfile) : chosen;
  const { makeProduct } = createRequire(import.meta.url)('../../dist/common/product.js');
  const scenario = { name, expectedBody: makeProduct('1001') };
  const profiles = await profileArms(scenario, chosen);
  const tables = [];
  for (const delayMs of new Set([0, options.redisDelayMs]))
    tables.push(withRatios(await measureTable(scenario, measured, options, delayMs)));
  const preliminary = isPreliminary(options);
  const result = { scenario: name, title, machine, options, preliminary, skipped, profiles, tables };
  result.targets = judge(result);
  const sections = tables.map((table) => loadSection(table, options));
  if (options.profile) sections.push(...hotSpotSections(chosen));
  const requests = [linkSection('request', profiles, tables[0]), memorySection(tables[0])];
  return { result, sections: [...sections, ...requests] };
}

/** Adds, to each arm, its requests/s as a share of bare's, and Holdfast's as a multiple of its own. */
function withRatios(table) {
  const { arms } = table;
  for (const [arm, own] of Object.entries(arms)) {
    if (arms.bare && arm !== 'bare')
      own.toBare = pairedRatio(own.perSecond.values, arms.bare.perSecond.values);
    if (arms.holdfast && arm !== 'holdfast') {
      own.holdfastTo = pairedRatio(arms.holdfast.perSecond.values, own.perSecond.values);
    }
  }
  return table;
}
