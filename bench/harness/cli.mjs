import { fileURLToPath } from 'node:url';
import { readOptions, USAGE } from './options.mjs';
import { note } from './progress.mjs';
import { writeReport } from './report.mjs';
import { boot } from '../scenarios/boot/index.mjs';
import { cache } from '../scenarios/cache/index.mjs';
import { events } from '../scenarios/events/index.mjs';
import { guardedRequest } from '../scenarios/guarded-request/index.mjs';
import { leaderboards } from '../scenarios/leaderboards/index.mjs';
import { locks } from '../scenarios/locks/index.mjs';
import { rateLimits } from '../scenarios/rate-limits/index.mjs';
import { sessions } from '../scenarios/sessions/index.mjs';

/** Every scenario: its name, its arms, and `run(options)`, which gives the result and the sections of the report. */
const SCENARIOS = [guardedRequest, cache, rateLimits, sessions, locks, leaderboards, events, boot];

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.list) return console.log(SCENARIOS.map(describe).join('\n\n'));
  const scenario = SCENARIOS.find(({ name }) => name === options.scenario);
  if (!scenario) {
    console.log(`${USAGE}\n\n${SCENARIOS.map(describe).join('\n\n')}`);
    process.exitCode = options.scenario ? 2 : 0;
    return;
  }
  const { result, sections } = await scenario.run(options);
  const { markdown, file } = await writeReport(result, sections);
  note('');
  console.log(markdown);
  console.log(
    `Written to ${file.replace(fileURLToPath(new URL('../', import.meta.url)), 'bench/')}.{json,md}`,
  );
}

function describe({ name, title, arms }) {
  const width = Math.max(...arms.map((arm) => arm.name.length));
  const lines = arms.map(
    (arm) => `  ${arm.name.padEnd(width)}  ${arm.title}${arm.optional ? ' (only if named by --arms)' : ''}`,
  );
  return [`${name}: ${title}`, ...lines].join('\n');
}

main().then(
  () => process.exit(),
  (error) => {
    note(`The bench failed: ${error.stack ?? error}`);
    process.exit(1);
  },
);
