/** What a new module changes in files that are there already. */
import { readFileSync } from 'node:fs';
import { BootstrapFailure } from '../bootstrap/failure.mjs';
import { inProject } from '../bootstrap/project.mjs';

const IMPORT = /^import \{ \w+ \} from '\.\/([\w-]+)\/index\.js';$/;
const ROW = /^\| `[A-Z_]/;

/**
 * @param {{ kebab: string, pascal: string }} name
 * @returns {string} src/app.module.ts with the module: its import in the order of the alphabet, its line after all others,
 *   because the order of the lines is the order of the guards.
 */
export function withModule({ kebab, pascal }) {
  const file = 'src/app.module.ts';
  const lines = readFileSync(inProject(file), 'utf8').split('\n');
  const last = lines.findLastIndex((line) => IMPORT.test(line));
  const next = lines.findIndex((line) => (IMPORT.exec(line)?.[1] ?? '') > kebab);
  if (last < 0) throw surprised(file, 'an import of a module');
  lines.splice(next < 0 ? last + 1 : next, 0, `import { ${pascal}Module } from './${kebab}/index.js';`);
  const text = lines.join('\n');
  const changed = text.replace(/(\bimports: \[[^\]]*?),?(\s*\])/, `$1, ${pascal}Module$2`);
  if (changed === text) throw surprised(file, 'the list of imports');
  return changed;
}

/**
 * @param {string} table The module's error codes.
 * @returns {string} docs/errors.md with their rows, in the order of the codes.
 */
export function withErrors(table) {
  const file = 'docs/errors.md';
  const text = readFileSync(inProject(file), 'utf8');
  const lines = text.split('\n');
  const [start, end] = ['<!-- errors -->', '<!-- /errors -->'].map((marker) => lines.indexOf(marker));
  if (start < 0 || end < start)
    throw surprised(file, 'the table between <!-- errors --> and <!-- /errors -->');
  const block = lines.slice(start, end);
  const rows = [...block, ...table.split('\n')].filter((line) => ROW.test(line)).sort(byCode);
  const first = block.findIndex((line) => ROW.test(line));
  if (first < 0) throw surprised(file, 'a row of the table');
  return [...lines.slice(0, start + first), ...rows, '', ...lines.slice(end)].join('\n');
}

function byCode(a, b) {
  const [left, right] = [a, b].map((row) => row.split('`')[1]);
  return left < right ? -1 : 1;
}

function surprised(file, what) {
  return new BootstrapFailure(`${file}: ${what} was not found; nothing was written`);
}
