import { lintFaults } from './lint.js';
import { plant, project } from './project.js';

const lines = (count: number) =>
  Array.from({ length: count }, (_, n) => `export const a${n} = 1;\n`).join('');
const functionOf = (count: number) => `export function f(): void {${'\n'.repeat(count - 1)}}\n`;

/** What is planted, and the rules that must report it. */
const PLANTED: Readonly<Record<string, readonly [text: string, ...rules: string[]]>> = {
  'src/planted/long.ts': [lines(251), 'eslint(max-lines)'],
  'src/planted/long.spec.ts': [lines(351), 'eslint(max-lines)'],
  'src/planted/long-enough.spec.ts': [lines(350)],
  'src/planted/long-function.ts': [functionOf(41), 'eslint(max-lines-per-function)'],
  'src/planted/function.ts': [functionOf(40)],
  'test/e2e/long-describe.e2e-spec.ts': [`describe('x', () => {${'\n'.repeat(60)}});\n`],
  'src/planted/many.ts': [
    'export const f = (a: 1, b: 1, c: 1, d: 1, e: 1, g: 1) => [a, b, c, d, e, g];\n',
    'eslint(max-params)',
  ],
  'src/planted/any.ts': ['export const f = (a: any): unknown => a;\n', 'typescript(no-explicit-any)'],
  'src/planted/unused.ts': ['const unused = 1;\nexport const a = 1;\n', 'eslint(no-unused-vars)'],
  'src/planted/loud.ts': ["console.log('x');\nexport const a = 1;\n", 'eslint(no-console)'],
  'src/planted/later.ts': ['// TODO: later\nexport const a = 1;\n', 'eslint(no-warning-comments)'],
  'src/planted.ts': ["export * from './planted/any.js';\n", 'eslint(no-restricted-imports)'],
  'src/planted/deep.ts': ["export * from '../other/other.service.js';\n", 'eslint(no-restricted-imports)'],
  'src/planted/dto/deep.ts': [
    "export * from '../../other/other.service.js';\n",
    'eslint(no-restricted-imports)',
  ],
  'src/planted/dto/near.ts': ["export * from '../decorators/planted.decorator.js';\n"],
  'src/planted/neighbour.ts': ["export * from '../other/index.js';\nexport * from './dto/near.js';\n"],
};

describe('npm run lint', () => {
  it('has nothing to report', async () => {
    expect(await lintFaults(project, ['src', 'test', 'tools'])).toEqual([]);
  });

  it('reports what is planted, and nothing beside it', async () => {
    const texts = Object.entries(PLANTED).map(([file, [text]]) => [file, text]);
    const copy = plant(Object.fromEntries(texts), ['.oxlintrc.json']);
    const expected = Object.entries(PLANTED).flatMap(([file, [, ...rules]]) =>
      rules.map((rule) => `${file} ${rule}`),
    );
    expect(await lintFaults(copy, ['src', 'test'])).toEqual(expected.sort());
  });
});
