import { chooseArms } from '../../harness/arms.mjs';
import { hotSpotSections, withCpuProfile } from '../../harness/cpu-profile.mjs';
import { describeMachine } from '../../harness/machine.mjs';
import { isPreliminary } from '../../harness/options.mjs';
import { ARMS } from './arms.mjs';
import { measureRecovery } from './recovery.mjs';
import { measureIdle, measureRounds } from './rounds.mjs';
import { idleSection, recoverySection, throughputSection } from './table.mjs';
import { judge } from './targets.mjs';

const name = 'events';
const title =
  'Events: from publish to handler through a consumer group, a fleet that is idle, and consumers that are killed';

export const events = { name, title, arms: ARMS, run };

/** Longer than the interval in which an idle group is looked at. */
const IDLE_MS = 60_000;

async function run(options) {
  const machine = describeMachine();
  const preliminary = isPreliminary(options);
  const { chosen, skipped } = chooseArms(ARMS, options);
  const measured = options.profile ? chosen.map(withCpuProfile) : chosen;
  const arms = await measureRounds(measured, options);
  const ours = chosen.find((arm) => arm.name === 'holdfast');
  const idle = ours && (await measureIdle(ours, IDLE_MS));
  const recovery = ours && (await measureRecovery(ours, options.rounds));
  const result = { scenario: name, title, machine, options, preliminary, skipped, arms, idle, recovery };
  result.targets = judge(result);
  const sections = [
    throughputSection(arms),
    idle && idleSection(idle),
    recovery && recoverySection(recovery),
    ...hotSpotSections(options.profile ? chosen : []),
  ].filter(Boolean);
  return { result, sections };
}
