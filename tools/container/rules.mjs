/** Rules over a parsed file: each is a sentence and whether it holds, and all that do not are told at once. */
import { readFileSync } from 'node:fs';
import { BootstrapFailure } from '../bootstrap/failure.mjs';
import { inProject } from '../bootstrap/project.mjs';

const unitsMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const unitsMiB = { K: 1 / 1024, M: 1, G: 1024 };

/**
 * @param {string} file Whose rules these are.
 * @param {Record<string, boolean>} rules The sentence that must be true, and whether it is.
 * @throws {BootstrapFailure} Naming every sentence that is not.
 */
export function mustHold(file, rules) {
  const broken = Object.keys(rules).filter((sentence) => !rules[sentence]);
  if (broken.length > 0)
    throw new BootstrapFailure(`${file}: ${broken.map((rule) => `must hold: ${rule}`).join('; ')}`);
}

/**
 * @param {string} file A YAML file of the project.
 * @returns {Promise<object[]>} Its documents.
 */
export async function readYaml(file) {
  // After the installation: the tools themselves run without any package.
  const { loadAll } = await import('js-yaml');
  return loadAll(readFileSync(inProject(file), 'utf8'));
}

/** @returns {number} '35s', in milliseconds. */
export function toMs(text) {
  const [, amount, unit] = /^(\d+)(ms|s|m|h)$/.exec(text) ?? [];
  return Number(amount) * unitsMs[unit];
}

/** @returns {number} '512M', '512Mi' or '512mb', in MiB. */
export function toMiB(text) {
  const [, amount, unit] = /^(\d+)([kmg])(i|b)?$/i.exec(text) ?? [];
  return Number(amount) * unitsMiB[unit?.toUpperCase()];
}

/** @returns {number} The heap that NODE_OPTIONS grants, in MiB. */
export function heapMiB(nodeOptions) {
  return Number(/--max-old-space-size=(\d+)/.exec(nodeOptions)?.[1]);
}
