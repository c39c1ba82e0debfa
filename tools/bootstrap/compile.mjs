/**
 * dist/ from src/: TypeScript by the project's own tsc, and next to it every file that a module reads at run
 * time (Lua, SQL, pages). The stamp inside dist/ is a hash of all that went in, written last: a build that was cut
 * short, or sources that changed without a newer date (git checkout), are both seen.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { executeQuietly } from './command.mjs';
import { step } from './progress.mjs';
import { inProject } from './project.mjs';

const stamp = () => inProject('dist', '.sources.sha256');
const settings = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
const isTest = (file) => file.endsWith('.spec.ts');
const isAsset = (file) => !/\.(ts|md)$/.test(file);

/** @returns {string[]} The files under src/ that are part of the product, relative to it, in a fixed order. */
function sources() {
  const entries = readdirSync(inProject('src'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  // Node 20.19 has parentPath; path is its older name.
  const relative = files.map((entry) =>
    path.relative(inProject('src'), path.join(entry.parentPath, entry.name)),
  );
  return relative.filter((file) => !isTest(file)).sort();
}

function fingerprint() {
  const hash = createHash('sha256');
  for (const file of [...settings, ...sources().map((source) => path.join('src', source))]) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(inProject(file)))
      .update('\0');
  }
  return hash.digest('hex');
}

/** @returns {boolean} Whether dist/ was built from exactly these sources. */
export function buildIsFresh() {
  try {
    return readFileSync(stamp(), 'utf8') === fingerprint();
  } catch {
    return false;
  }
}

function copyAssets() {
  for (const file of sources().filter(isAsset)) {
    const target = inProject('dist', file);
    mkdirSync(path.dirname(target), { recursive: true });
    copyFileSync(inProject('src', file), target);
  }
}

/**
 * Builds dist/ anew.
 * @throws {BootstrapFailure} When the compiler refuses the sources; its messages are shown.
 */
export async function build() {
  const built = fingerprint();
  const tsc = inProject('node_modules', 'typescript', 'bin', 'tsc');
  await step('building dist', async () => {
    rmSync(inProject('dist'), { recursive: true, force: true });
    await executeQuietly([process.execPath, tsc, '-p', 'tsconfig.build.json']);
    copyAssets();
    writeFileSync(stamp(), built);
  });
}

/** Builds dist/ when it is missing or stale. */
export async function ensureBuild() {
  if (!buildIsFresh()) await build();
}
