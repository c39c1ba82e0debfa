/**
 * node_modules as package-lock.json wants it. There is no stamp of our own: npm writes what it installed to
 * node_modules/.package-lock.json as its last act, so an `npm ci` by hand counts and an interrupted one does not.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { executeQuietly } from './command.mjs';
import { step } from './progress.mjs';
import { inProject } from './project.mjs';

const declared = ['dependencies', 'devDependencies', 'optionalDependencies'];

function readJson(...parts) {
  try {
    return JSON.parse(readFileSync(inProject(...parts), 'utf8'));
  } catch {
    return undefined;
  }
}

const fits = (allowed, actual) =>
  !allowed ||
  allowed.includes(actual) ||
  (allowed.every((name) => name.startsWith('!')) && !allowed.includes(`!${actual}`));

/** Whether a package is made for this system: node_modules may have been copied from another one. */
const runsHere = ({ os, cpu }) => fits(os, process.platform) && fits(cpu, process.arch);

const same = (wanted, found) => wanted?.version === found.version && wanted?.integrity === found.integrity;

/**
 * Whether node_modules holds what the lockfile asks for. Reads three files and runs nothing: some 10 ms.
 * @returns {boolean}
 */
export function dependenciesAreFresh() {
  const manifest = readJson('package.json');
  const wanted = readJson('package-lock.json')?.packages;
  const installed = readJson('node_modules', '.package-lock.json')?.packages;
  if (!wanted || !installed) return false;
  const { '': lockRoot, ...packages } = wanted;
  return (
    declared.every((kind) => isDeepStrictEqual(manifest[kind] ?? {}, lockRoot[kind] ?? {})) &&
    Object.entries(installed).every(([name, found]) => same(packages[name], found) && runsHere(found)) &&
    Object.entries(packages).every(([name, { optional }]) => optional || name in installed)
  );
}

/** npm as a command: the very npm that runs this script where there is one, else the one on PATH. */
function npm() {
  const running = process.env.npm_execpath;
  return running && path.basename(running) === 'npm-cli.js' ? [process.execPath, running] : ['npm'];
}

/**
 * Installs the dependencies when they are missing or stale.
 * @throws {BootstrapFailure} When npm fails.
 */
export async function ensureDependencies() {
  if (dependenciesAreFresh()) return;
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  // NODE_ENV=production would leave out the compiler and the tests' tools.
  const install = [...npm(), 'ci', '--include=dev', ...quiet];
  await step('installing dependencies (npm ci)', () => executeQuietly(install, 'npm ci'));
}
