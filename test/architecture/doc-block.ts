import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Project } from './project.js';

/** A table in a document that must say what the code says. It stands between `<!-- name -->` and `<!-- /name -->`. */
export interface DocBlock {
  readonly file: string;
  readonly name: string;
  /** What must stand there. */
  readonly table: string;
}

/** A Markdown table, its columns aligned as Prettier does. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column].length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const [first, ...rest] = cells;
  return [line(first), line(widths.map((width) => '-'.repeat(width))), ...rest.map(line)].join('\n');
}

/** With UPDATE_DOCS=1 the tests write the tables of the project instead of checking them. */
export const UPDATE_DOCS = Boolean(process.env.UPDATE_DOCS);

/**
 * The rows that a document lacks or has in vain.
 *
 * @param update writes the table first.
 */
export function docFaults(project: Project, block: DocBlock, update = false): string[] {
  const file = join(project.root, block.file);
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const [before, after] = [`<!-- ${block.name} -->`, `<!-- /${block.name} -->`];
  const [start, end] = [text.indexOf(before), text.indexOf(after)];
  if (start < 0 || end < start) {
    return [`${block.file} has no ${before} ... ${after}, where this table belongs:\n\n${block.table}\n`];
  }
  if (update) {
    writeFileSync(file, `${text.slice(0, start)}${before}\n\n${block.table}\n\n${text.slice(end)}`);
    return [];
  }
  return differences(block, text.slice(start + before.length, end));
}

function differences({ file, table }: DocBlock, current: string): string[] {
  const written = rowsOf(current);
  const expected = rowsOf(table);
  const lacks = without(expected, written).map((row) => `${file} lacks: ${row}`);
  const vain = without(written, expected).map((row) => `${file} has in vain: ${row}`);
  const faults = [...lacks, ...vain];
  return faults.length > 0
    ? [...faults, 'UPDATE_DOCS=1 npm test -- architecture/docs writes the tables']
    : [];
}

function rowsOf(table: string): string[] {
  return table
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^[|\s:-]+$/.test(line))
    .map((line) => line.replace(/\s+/g, ' ').trim());
}

/** Each row counts as often as it stands there. */
function without(rows: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return rows.filter((row) => {
    const index = left.indexOf(row);
    if (index < 0) return true;
    left.splice(index, 1);
    return false;
  });
}
