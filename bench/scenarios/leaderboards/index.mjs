import { chooseArms } from '../../harness/arms.mjs';
import { hotSpotSections, withCpuProfile } from '../../harness/cpu-profile.mjs';
import { describeMachine } from '../../harness/machine.mjs';
import { isPreliminary } from '../../harness/options.mjs';
import { linkSection } from '../../harness/sections.mjs';
import { measureActivity } from './activity.mjs';
import { ARMS, OPERATIONS } from './arms.mjs';
import { measureWithUuids, withLoadedBoards } from './loaded.mjs';
import { measureFarAway, measureLoaded, profileBoards } from './rounds.mjs';
import { activitySection, aloneSection, memorySection, throughputSection } from './table.mjs';
import { judge } from './targets.mjs';

const name = 'leaderboards';
const title = 'Leaderboards: submits, ranks and neighbours among a million members; memory';

export const leaderboards = { name, title, arms: ARMS, run };

const MEMBERS = 1_000_000;
const MEMBERS_OF_A_LOOK = 100_000;

async function run(options) {
  const machine = describeMachine();
  const preliminary = isPreliminary(options);
  const { members, operations, isWhole } = readEnvironment(preliminary);
  const { chosen, skipped } = chooseArms(ARMS, options);
  const activity = isWhole ? await measureActivity() : undefined;
  const uuids = isWhole ? await measureWithUuids(chosen, members) : {};
  const measured = options.profile ? chosen.map(withCpuProfile) : chosen;
  const { tables, profiles, memory, content } = await withLoadedBoards(chosen, members, async (boards) => ({
    content: boards[0].content,
    memory: Object.fromEntries(
      boards.map(({ arm, loaded }) => [arm.name, { short: loaded, ...uuidsOf(uuids, arm) }]),
    ),
    profiles: await profileBoards(boards, operations),
    tables: await measureTables(withArms(boards, measured), operations, options),
  }));
  const result = { scenario: name, title, machine, options, preliminary, skipped, members, operations };
  Object.assign(result, { profiles, memory, activity, tables });
  result.targets = judge(result);
  return { result, sections: sectionsOf(result, chosen, content) };
}

/**
 * For looking: LEADERBOARDS_OPERATIONS measures only these and leaves out what is measured apart from them, and
 * LEADERBOARDS_MEMBERS is how many members are loaded.
 */
function readEnvironment(preliminary) {
  const { LEADERBOARDS_OPERATIONS, LEADERBOARDS_MEMBERS } = process.env;
  return {
    members: Number(LEADERBOARDS_MEMBERS ?? (preliminary ? MEMBERS_OF_A_LOOK : MEMBERS)),
    operations: LEADERBOARDS_OPERATIONS?.split(',') ?? Object.keys(OPERATIONS),
    isWhole: LEADERBOARDS_OPERATIONS === undefined,
  };
}

const uuidsOf = (uuids, { name: arm }) => (uuids[arm] ? { uuid: uuids[arm] } : {});

const withArms = (boards, arms) => boards.map((board, place) => ({ ...board, arm: arms[place] }));

async function measureTables(boards, operations, options) {
  const loopback = await measureLoaded(boards, operations, options);
  return options.redisDelayMs > 0
    ? [loopback, await measureFarAway(boards, operations, options)]
    : [loopback];
}

function sectionsOf({ tables: [loopback, far], profiles, memory, activity, options }, chosen, content) {
  const armNames = chosen.map((arm) => arm.name);
  return [
    throughputSection(loopback, armNames, content, options),
    far && aloneSection(far, armNames),
    linkSection('operation', profiles, loopback),
    memorySection(memory),
    activity && activitySection(activity),
    ...hotSpotSections(options.profile ? chosen : []),
  ].filter(Boolean);
}
