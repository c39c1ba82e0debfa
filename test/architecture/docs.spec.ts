import { settingDescriptions } from '../../src/config/index.js';
import { docFaults, markdownTable, UPDATE_DOCS } from './doc-block.js';
import { errorClasses, errorFaults, errorTable, serverErrorTable } from './error-codes.js';
import { plant, project } from './project.js';
import { settingsTable } from './settings-table.js';

const TABLE = markdownTable(
  ['Name', 'Use'],
  [
    ['a', 'x | y'],
    ['b', 'z'],
  ],
);
const BLOCK = { file: 'README.md', name: 'planted', table: TABLE };
const HINT = 'UPDATE_DOCS=1 npm test -- architecture/docs writes the tables';
const page = (table: string) =>
  `# Planted\n\n<!-- planted -->\n\n${table}\n\n<!-- /planted -->\n\nThe end.\n`;

const PLANTED = `
import { DomainError } from '../errors/index.js';

export class PlainError extends Error {}

/** A base. */
export abstract class LeaseError extends DomainError {
  readonly status = 409;
}

/**
 * Lost
 * {@link Lease}.
 *
 * @see elsewhere
 */
export class LostError extends LeaseError {
  readonly code = 'LOST';
  readonly status = 409;
  readonly title = 'Lost';
}

/** Again. */
export class AgainError extends DomainError {
  readonly code = 'LOST';
  readonly status = 409;
  readonly title = 'Again';
}

export class BareError extends DomainError {
  readonly code = CODE;
}

/** Odd. */
export class OddError extends DomainError {
  readonly code = 'odd-case';
  readonly status = 400;
  readonly title = 'Odd';
}
`;

describe('a table in a document', () => {
  it('is in step when it has the same rows, however they are aligned', () => {
    const narrow = TABLE.replace(/ +/g, ' ');
    expect(docFaults(plant({ 'README.md': page(narrow) }), BLOCK)).toEqual([]);
  });

  it.each([
    ['a row that is missing', TABLE.replace(/\n\| b.*/, ''), ['README.md lacks: | b | z |']],
    ['a row too many', `${TABLE}\n| c | - |`, ['README.md has in vain: | c | - |']],
    ['a row twice', `${TABLE}\n| b | z |`, ['README.md has in vain: | b | z |']],
    [
      'a cell that has changed',
      TABLE.replace('| z ', '| Z '),
      ['README.md lacks: | b | z |', 'README.md has in vain: | b | Z |'],
    ],
  ])('is out of step with %s', (_what, table, faults) => {
    expect(docFaults(plant({ 'README.md': page(table) }), BLOCK)).toEqual([...faults, HINT]);
  });

  it('is missed when it is not there', () => {
    expect(docFaults(plant({ 'README.md': '# Planted\n' }), BLOCK)[0]).toContain('has no <!-- planted -->');
    expect(docFaults(plant({}), BLOCK)[0]).toContain(TABLE);
  });

  it('is written anew on demand', () => {
    const copy = plant({ 'README.md': page('| Name |\n| --- |\n| old |') });
    expect(docFaults(copy, BLOCK, true)).toEqual([]);
    expect(copy.read('README.md')).toBe(page(TABLE));
  });
});

it('README.md lists every setting with its default and meaning', () => {
  const variables = settingDescriptions().map(({ variable }) => variable);
  expect(new Set(variables).size).toBe(variables.length);
  expect(settingsTable()).toMatch(/`PORT` +\| `3000` +\| TCP port/);
  expect(
    docFaults(project, { file: 'README.md', name: 'settings', table: settingsTable() }, UPDATE_DOCS),
  ).toEqual([]);
});

describe('error codes', () => {
  const classes = errorClasses(project);

  it('are literals of one class each, and explained', () => {
    expect(classes.map(({ code }) => code)).toContain('STATE_STORE_UNAVAILABLE');
    expect(errorFaults(classes)).toEqual([]);
  });

  it('are listed in docs/errors.md', () => {
    const file = 'docs/errors.md';
    expect(docFaults(project, { file, name: 'errors', table: errorTable(classes) }, UPDATE_DOCS)).toEqual([]);
    expect(
      docFaults(project, { file, name: 'server-errors', table: serverErrorTable(classes) }, UPDATE_DOCS),
    ).toEqual([]);
  });

  it('are missed, doubted and told apart where they are planted', () => {
    const found = errorClasses(plant({ 'src/planted/planted.errors.ts': PLANTED }));
    expect(found.map(({ name }) => name)).toEqual(['LostError', 'AgainError', 'BareError', 'OddError']);
    expect(found[0]).toMatchObject({ code: 'LOST', status: '409', title: 'Lost', meaning: 'Lost `Lease`.' });
    const at = (name: string, fault: string) => `${name} in src/planted/planted.errors.ts ${fault}`;
    expect(errorFaults(found)).toEqual([
      at('AgainError', 'shares the code LOST with LostError'),
      at('BareError', 'has no literal code'),
      at('BareError', 'has no literal status'),
      at('BareError', 'has no literal title'),
      at('BareError', 'has no doc comment for the list of codes'),
      at('OddError', 'has the code odd-case, not UPPER_SNAKE'),
    ]);
  });
});
