/** Looks for programs as a shell would, without one. */
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

/**
 * @param {string} file
 * @returns {boolean} Whether it is a file that this user may run.
 */
export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * @param {...string} names Names of programs, the best first.
 * @returns {string | undefined} The path of the first one that is on PATH.
 */
export function onPath(...names) {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  return names.flatMap((name) => folders.map((folder) => path.resolve(folder, name))).find(isExecutable);
}
