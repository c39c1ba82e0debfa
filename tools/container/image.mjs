/** What may be in the image that ships: the server and what it needs, nothing that builds or tests it. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { BootstrapFailure } from '../bootstrap/failure.mjs';
import { inProject } from '../bootstrap/project.mjs';

/** Packages that only development needs, by the lockfile: a package that the server needs as well is not among them. */
function developmentPackages() {
  const { packages } = JSON.parse(readFileSync(inProject('package-lock.json'), 'utf8'));
  return Object.keys(packages).filter((name) => packages[name].dev);
}

/**
 * @param {string} folder The image's working folder.
 * @throws {BootstrapFailure} Naming what must not be there, or what is missing.
 */
export function inspectImage(folder) {
  const surplus = ['src', 'test', 'tools', ...developmentPackages()].filter((name) =>
    existsSync(path.join(folder, name)),
  );
  if (surplus.length > 0)
    throw new BootstrapFailure(`the image holds what only development needs: ${surplus.slice(0, 5)}`);
  const missing = ['dist/main.js', 'package.json', 'node_modules'].filter(
    (name) => !existsSync(path.join(folder, name)),
  );
  if (missing.length > 0) throw new BootstrapFailure(`the image lacks ${missing}`);
}
