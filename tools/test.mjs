/**
 * npm test: brings what is missing, then runs Jest with the arguments given (npm test -- locks) and closes with
 * the plain line "N passed, N failed".
 */
import './bootstrap/node-version.mjs';
import { execute } from './bootstrap/command.mjs';
import { buildIsFresh, ensureBuild } from './bootstrap/compile.mjs';
import { ensureDependencies } from './bootstrap/dependencies.mjs';
import { runTool } from './bootstrap/failure.mjs';
import { withTally } from './bootstrap/jest-tally.mjs';
import { note } from './bootstrap/progress.mjs';
import { inProject } from './bootstrap/project.mjs';
import { ensureRedisServer } from './bootstrap/redis-server.mjs';

const jest = [process.execPath, '--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
const selection = process.argv.slice(2);

/** Some tests start the built server; a selection in the middle of an edit does not wait for a build. */
async function prepareBuild() {
  if (selection.length === 0) await ensureBuild();
  else if (!buildIsFresh())
    note('dist is older than src; tests that start the built server need "npm run build"');
}

await runTool(async () => {
  await ensureRedisServer();
  await ensureDependencies();
  await prepareBuild();
  const command = [...jest, inProject('node_modules', 'jest', 'bin', 'jest.js'), ...selection];
  return withTally(command, execute);
});
