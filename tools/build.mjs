/**
 * npm run build: dist/ anew, on a fresh clone too. With --if-stale only when the sources changed.
 */
import './bootstrap/node-version.mjs';
import { build, ensureBuild } from './bootstrap/compile.mjs';
import { ensureDependencies } from './bootstrap/dependencies.mjs';
import { runTool } from './bootstrap/failure.mjs';

await runTool(async () => {
  await ensureDependencies();
  await (process.argv.includes('--if-stale') ? ensureBuild() : build());
});
