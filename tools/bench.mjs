/**
 * npm run bench -- --scenario <name>: brings what is missing (a Redis server, the dependencies of the project and of
 * the bench, both builds), then runs the bench with the arguments given. --list shows the scenarios.
 */
import './bootstrap/node-version.mjs';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { execute, executeQuietly } from './bootstrap/command.mjs';
import { ensureBuild } from './bootstrap/compile.mjs';
import { ensureDependencies } from './bootstrap/dependencies.mjs';
import { runTool } from './bootstrap/failure.mjs';
import { step } from './bootstrap/progress.mjs';
import { inProject } from './bootstrap/project.mjs';
import { ensureRedisServer } from './bootstrap/redis-server.mjs';

const selection = process.argv.slice(2);
const onlyTalks = selection.length === 0 || selection.includes('--list') || selection.includes('--help');

/** The bench, and the peers that need an older Nest than the project's. */
const packages = [inProject('bench'), inProject('bench', 'apps', 'peers')];
const programs = [inProject('bench', 'apps'), inProject('bench', 'apps', 'peers')];

function lockedVersions(file) {
  try {
    const { '': _root, ...locked } = JSON.parse(readFileSync(file, 'utf8')).packages;
    return Object.entries(locked).map(([name, { version, optional }]) => ({
      id: `${name}@${version}`,
      optional,
    }));
  } catch {
    return undefined;
  }
}

/** Whether node_modules holds every package of the lockfile in its version. */
function isInstalled(folder) {
  const installed = new Set(
    lockedVersions(path.join(folder, 'node_modules', '.package-lock.json'))?.map(({ id }) => id),
  );
  const locked = lockedVersions(path.join(folder, 'package-lock.json')) ?? [];
  return installed.size > 0 && locked.every(({ id, optional }) => optional || installed.has(id));
}

async function ensureBenchPackages() {
  for (const folder of packages.filter((folder) => !isInstalled(folder))) {
    const install = ['npm', 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
    const title = `installing ${path.relative(inProject(), folder)} (npm ci)`;
    await step(title, () => executeQuietly(install, 'npm ci', { cwd: folder }));
  }
}

async function buildPrograms() {
  const tsc = inProject('node_modules', 'typescript', 'bin', 'tsc');
  for (const folder of programs) {
    const title = `compiling ${path.relative(inProject(), folder)}`;
    await step(title, () => executeQuietly([process.execPath, tsc, '-p', folder]));
  }
}

await runTool(async () => {
  await ensureBenchPackages();
  if (!onlyTalks) {
    await ensureRedisServer();
    await ensureDependencies();
    await ensureBuild();
    await buildPrograms();
  }
  return execute([process.execPath, inProject('bench', 'harness', 'cli.mjs'), ...selection]);
});
