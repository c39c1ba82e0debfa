import { chooseArms } from '../../harness/arms.mjs';
import { hotSpotSections, withCpuProfile } from '../../harness/cpu-profile.mjs';
import { profileArms } from '../../harness/interleave.mjs';
import { describeMachine } from '../../harness/machine.mjs';
import { measureTable } from '../../harness/measure-table.mjs';
import { isPreliminary } from '../../harness/options.mjs';
import { linkSection } from '../../harness/sections.mjs';
import { ARMS } from './arms.mjs';
import { measureHandOffs } from './hand-off.mjs';
import { freeSection, handOffSection } from './table.mjs';
import { judge } from './targets.mjs';

const name = 'locks';
const title = 'Locks: one that is free, and one that many wait for';

export const locks = { name, title, arms: ARMS, run };

async function run(options) {
  const machine = describeMachine();
  const { chosen, skipped } = chooseArms(ARMS, options);
  const handOffs = await measureHandOffs(
    chosen.filter(({ sends }) => sends),
    options.rounds,
  );
  const profiles = await profileArms({ name }, chosen);
  const measured = options.profile ? chosen.map(withCpuProfile) : chosen;
  const tables = [await measureTable({ name }, measured, options, 0)];
  const far = measured.filter((arm) => arm.far);
  if (options.redisDelayMs > 0 && far.length > 0)
    tables.push(await measureTable({ name }, far, options, options.redisDelayMs));
  const preliminary = isPreliminary(options);
  const result = {
    scenario: name,
    title,
    machine,
    options,
    preliminary,
    skipped,
    profiles,
    handOffs,
    tables,
  };
  result.targets = judge(result);
  const sections = [
    ...tables.map((table) => freeSection(table, options)),
    handOffSection(handOffs),
    linkSection('acquire and release', profiles, tables[0]),
    ...hotSpotSections(options.profile ? chosen : []),
  ];
  return { result, sections };
}
