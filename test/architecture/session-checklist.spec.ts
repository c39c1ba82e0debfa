import { plant, type Project, project } from './project.js';

const README = 'src/sessions/README.md';

/** OWASP ASVS 5.0, chapter V7, by section: how many items each has. */
const SECTIONS: readonly (readonly [section: string, items: number])[] = [
  ['7.1', 3],
  ['7.2', 4],
  ['7.3', 2],
  ['7.4', 5],
  ['7.5', 3],
  ['7.6', 2],
];

const ITEMS = SECTIONS.flatMap(([section, items]) =>
  Array.from({ length: items }, (_, index) => `${section}.${index + 1}`),
);

/** Of a federation, which this server is no part of. */
const OUTSIDE = ['7.1.3', '7.6.1'];

/** Where the README's list and the tests disagree, a sentence each. */
function checklistFaults(of: Project): string[] {
  const specs = [...of.files('src', 'spec.ts'), ...of.files('test', 'spec.ts')].map((file) => of.read(file));
  const rows = of.read(README).split('\n').flatMap(rowOf);
  const listed = rows.map(({ item }) => item);
  return [
    ...ITEMS.filter((item) => !listed.includes(item)).map((item) => `${item} is not listed`),
    ...rows.flatMap(({ item, titles }) => [
      ...(titles.length === 0 && !OUTSIDE.includes(item) ? [`${item} names no test`] : []),
      ...titles
        .filter((title) => !specs.some((text) => text.includes(title)))
        .map((title) => `${item} names "${title}", which is no test`),
    ]),
  ];
}

function rowOf(line: string): { item: string; titles: string[] }[] {
  const item = /^\| (7\.\d\.\d) /.exec(line)?.[1];
  const tests = line.split('|').at(-2) ?? '';
  return item ? [{ item, titles: [...tests.matchAll(/"([^"]+)"/g)].map(([, title]) => title) }] : [];
}

describe('the list of session security in the README', () => {
  it('has every item of ASVS V7, and for each a test that exists', () => {
    expect(checklistFaults(project)).toEqual([]);
  });

  it('is doubted where an item is missing, has no test, or names one that is gone', () => {
    const rows = ITEMS.slice(1).map((item) => `| ${item} | a | b | e2e "planted title" |`);
    const text = rows
      .join('\n')
      .replace('| 7.2.1 | a | b | e2e "planted title" |', '| 7.2.1 | a | b | none |');
    const copy = plant({
      [README]: text.replace('planted title', 'gone'),
      'test/a.spec.ts': `'planted title'`,
    });
    expect(checklistFaults(copy)).toEqual([
      '7.1.1 is not listed',
      '7.1.2 names "gone", which is no test',
      '7.2.1 names no test',
    ]);
  });
});
