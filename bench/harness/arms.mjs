import { existsSync } from 'node:fs';
import { note } from './progress.mjs';

/**
 * The arms that a run measures: those that --arms names, or all that are not optional; and those that it cannot.
 *
 * @param {{ name: string, program: string, optional?: boolean }[]} all
 * @param {import('./options.mjs').Options} options
 */
export function chooseArms(all, { arms }) {
  const wanted = all.filter((arm) => (arms.length > 0 ? arms.includes(arm.name) : !arm.optional));
  const skipped = wanted.flatMap((arm) => {
    const reason = reasonToSkip(arm);
    return reason ? [{ name: arm.name, reason }] : [];
  });
  for (const arm of skipped) note(`${arm.name} is left out: ${arm.reason}`);
  return { chosen: wanted.filter((arm) => !reasonToSkip(arm)), skipped };
}

/** Why an arm cannot run here, or undefined. */
function reasonToSkip({ program }) {
  return existsSync(program) ? undefined : 'its program is not built';
}
