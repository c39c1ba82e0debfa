import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { markdownTable } from './format.mjs';

const RESULTS = fileURLToPath(new URL('../results/', import.meta.url));

/**
 * @typedef {{ name: string, target: string, measured: string, reached: boolean | null }} Judgement reached is null when
 *   the arm that it needs did not run
 */

/** Writes the JSON and the Markdown of a run, and returns the Markdown and where it was written. */
export async function writeReport(result, sections) {
  const dir = result.preliminary ? join(RESULTS, 'preliminary') : RESULTS;
  mkdirSync(dir, { recursive: true });
  const parts = [`# ${result.title}`, preamble(result), ...sections, targetTable(result.targets)];
  const file = join(dir, result.scenario);
  const markdown = await writeFormatted(`${file}.md`, parts.join('\n\n'));
  await writeFormatted(`${file}.json`, JSON.stringify(result));
  return { markdown, file };
}

/** Results are committed, so they are formatted as the project's other files are. */
async function writeFormatted(file, text) {
  const formatted = await format(text, { ...(await resolveConfig(file)), filepath: file });
  writeFileSync(file, formatted);
  return formatted;
}

function preamble({ machine, options, preliminary, skipped }) {
  const lines = [
    `${machine.date}, revision ${machine.revision}${machine.changedFiles ? ` + ${machine.changedFiles} changed files` : ''}.`,
    `${machine.cpu}, ${machine.cores} cores for all processes together; ${machine.os}; Node ${machine.node}; Redis ${machine.redis}; ` +
      `load average before the run ${machine.loadAverageBefore}.`,
    `${options.rounds} interleaved rounds; each arm in each round in a new process.`,
  ];
  if (preliminary) lines.unshift('**Preliminary: too few rounds, or too short, for a result.**');
  for (const { name, reason } of skipped) lines.push(`**${name} did not run:** ${reason}`);
  return lines.join('\n\n');
}

function targetTable(targets) {
  const word = (reached) => (reached === null ? 'not measured' : reached ? 'reached' : '**not reached**');
  const rows = targets.map(({ name, target, measured, reached }) => [name, target, measured, word(reached)]);
  return `## Targets\n\n${markdownTable(['What', 'Target', 'Measured', ''], rows)}`;
}
