/** Where things stand in the project, for every tool; no tool depends on the folder it is called from. */
import { fileURLToPath } from 'node:url';
import path from 'node:path';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * @param {...string} parts A path inside the project.
 * @returns {string} The same path, absolute.
 */
export const inProject = (...parts) => path.join(root, ...parts);
