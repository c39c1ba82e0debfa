import { chooseArms } from '../../harness/arms.mjs';
import { hotSpotSections, withCpuProfile } from '../../harness/cpu-profile.mjs';
import { profileArms } from '../../harness/interleave.mjs';
import { describeMachine } from '../../harness/machine.mjs';
import { measureTable } from '../../harness/measure-table.mjs';
import { isPreliminary } from '../../harness/options.mjs';
import { linkSection } from '../../harness/sections.mjs';
import { pairedRatio } from '../../harness/stats.mjs';
import { ARMS } from './arms.mjs';
import { measureEntries } from './entries.mjs';
import {
  entriesSection,
  failingSection,
  outageSection,
  stalenessSection,
  stampedeSection,
} from './facts-table.mjs';
import { measureFailing, measureStampedes } from './faults.mjs';
import { measureOutages } from './outage.mjs';
import { measureStaleness } from './staleness.mjs';
import { processSection, redisSection } from './table.mjs';
import { judge } from './targets.mjs';

const name = 'cache';
const title =
  'Cache: hits in the process and in Redis, invalidation, staleness, and what happens when something fails';

export const cache = { name, title, arms: ARMS, run };

/** What is measured apart from the rounds, by the names of CACHE_FACTS. */
const FACTS = {
  entries: () => measureEntries(),
  staleness: (isPreliminary) => measureStaleness(isPreliminary ? 200 : 1000),
  stampedes: (isPreliminary) => measureStampedes(isPreliminary ? 3 : 11),
  failing: () => measureFailing(),
  outages: (isPreliminary) => measureOutages(isPreliminary ? 2 : 5),
};

async function run(options) {
  const machine = describeMachine();
  const { chosen, skipped } = chooseArms(ARMS, options);
  const preliminary = isPreliminary(options);
  const facts = await measureFacts(preliminary);
  const profiles = await profileArms(
    { name },
    chosen.filter(({ hits }) => hits === 'redis'),
  );
  const timed = chosen.filter(({ onlyProfiled }) => !onlyProfiled);
  const measured = options.profile ? timed.map(withCpuProfile) : timed;
  const tables = [withRatios(await measureTable({ name }, measured, options, 0))];
  const far = measured.filter(({ hits }) => hits === 'redis');
  if (options.redisDelayMs > 0 && far.length > 0)
    tables.push(withRatios(await measureTable({ name }, far, options, options.redisDelayMs)));
  const result = { scenario: name, title, machine, options, preliminary, skipped, profiles, facts, tables };
  result.targets = judge(result);
  return { result, sections: sectionsOf(result, options.profile ? timed : []) };
}

/** CACHE_FACTS: a list of those to measure, for looking; all of them when it is not set. */
async function measureFacts(isPreliminary) {
  const { CACHE_FACTS = Object.keys(FACTS).join() } = process.env;
  const facts = {};
  for (const fact of CACHE_FACTS.split(',').filter(Boolean)) facts[fact] = await FACTS[fact](isPreliminary);
  return facts;
}

function sectionsOf({ tables, profiles, facts, options }, profiled) {
  return [
    processSection(tables[0]),
    ...tables.map((table) => redisSection(table, options)),
    linkSection('read', profiles, tables[0]),
    facts.entries && entriesSection(facts.entries),
    facts.staleness && stalenessSection(facts.staleness),
    facts.stampedes && stampedeSection(facts.stampedes),
    facts.failing && failingSection(facts.failing),
    facts.outages && outageSection(facts.outages),
    ...hotSpotSections(profiled),
  ].filter(Boolean);
}

/** Adds, to each arm that is compared with one of Holdfast's, that one's reads/s as a multiple of its own. */
function withRatios(table) {
  for (const { name: arm, against } of ARMS) {
    const [own, ours] = [table.arms[arm], table.arms[against]];
    if (own && ours) own.holdfastTo = pairedRatio(ours.perSecond.values, own.perSecond.values);
  }
  return table;
}
