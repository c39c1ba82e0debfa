import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { anatomyFaults } from './anatomy.js';
import { docFaults } from './doc-block.js';
import { errorClasses, errorFaults, errorTable } from './error-codes.js';
import { lintFaults } from './lint.js';
import { plant, type Project, project } from './project.js';
import { sourceFaults } from './source-rules.js';

jest.setTimeout(240_000);

const NAME = 'page-views';
const E2E = `test/e2e/${NAME}.e2e-spec.ts`;
const CONSUMER = `test/integration/${NAME}-consumer.int-spec.ts`;
const COPIED = [
  'src test tools docs package.json tsconfig.json tsconfig.build.json jest.config.cjs',
  '.prettierrc.json .oxlintrc.json .dependency-cruiser.cjs',
].flatMap((paths) => paths.split(' '));

/** Runs a script of the copy, and gives what it wrote; rejects with that when it fails. */
async function run({ root }: Project, script: string, ...args: string[]): Promise<string> {
  const execArgv = script.includes('jest') ? ['--experimental-vm-modules'] : [];
  const file = script.startsWith('node_modules') ? path.join(project.root, script) : script;
  const env = { ...process.env, JEST_WORKER_ID: undefined, NO_COLOR: '1' };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...execArgv, file, ...args], {
    cwd: root,
    env,
  });
  return stdout + stderr;
}

/** What stands in the files of src/, docs/ and the tests of features. */
function textsOf(copy: Project): Record<string, string> {
  const files = ['src', 'test/e2e', 'test/integration', 'docs'].flatMap((folder) => copy.files(folder));
  return Object.fromEntries(files.map((file) => [file, copy.read(file)]));
}

describe('npm run new:module', () => {
  let copy: Project;

  beforeAll(() => {
    copy = plant({}, COPIED);
  });

  it.each([
    [[], 'give the module one name'],
    [['page', 'views'], 'give the module one name'],
    [['PageViews'], '"PageViews" is not kebab-case'],
    [['../views'], '"../views" is not kebab-case'],
    [['locks'], '"locks" is reserved'],
    [['config'], '"config" is reserved'],
    [['class'], '"class" is reserved'],
    [['x'.repeat(41)], 'has more than 40 characters'],
    [['views', '--consumer'], 'this was not understood'],
    [['views', '--producer', 'orders'], 'this was not understood'],
    [['views', '--consumer', 'Orders!'], '"Orders!" is not kebab-case'],
  ])('refuses %j, and says why', async (args, reason) => {
    const before = textsOf(copy);
    await expect(run(copy, 'tools/new-module.mjs', ...args)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(new RegExp(`^holdfast: .*${reason}`)) as string,
    });
    expect(textsOf(copy)).toEqual(before);
  });

  it.each([
    ['a module', [], [E2E]],
    ['one that consumes a stream', ['--consumer', 'example-name-events'], [E2E, CONSUMER]],
  ])(
    'writes %s that keeps every rule, compiles, passes its tests and is part of the app',
    async (_, options, specs) => {
      const before = textsOf(copy);
      const said = await run(copy, 'tools/new-module.mjs', NAME, ...options);
      for (const file of [`src/${NAME}/${NAME}.module.ts`, ...specs]) expect(said).toContain(file);
      const written = copy.files(`src/${NAME}`);
      expect(written).toContain(`src/${NAME}/lua/save.lua`);

      expect(anatomyFaults(copy).filter((fault) => fault.includes(NAME))).toEqual([]);
      expect(sourceFaults(copy).filter((fault) => fault.includes(NAME))).toEqual([]);
      const classes = errorClasses(copy);
      const own = classes.filter(({ file }) => file.includes(NAME));
      expect(own.map(({ code }) => code)).toEqual(['PAGE_VIEWS_NOT_FOUND', 'PAGE_VIEWS_CHANGED']);
      expect(errorFaults(classes).filter((fault) => fault.includes(NAME))).toEqual([]);
      const errors = { file: 'docs/errors.md', name: 'errors', table: errorTable(classes) };
      expect(docFaults(copy, errors).filter((fault) => fault.includes('PAGE_VIEWS'))).toEqual([]);

      const code = [`src/${NAME}`, ...specs, 'src/app.module.ts'];
      expect(await lintFaults(copy, code)).toEqual([]);
      const [tests] = await Promise.all([
        run(
          copy,
          'node_modules/jest/bin/jest.js',
          '-i',
          '--cacheDirectory=.jest',
          NAME,
          'routes.spec',
          'lua-contracts.spec',
        ),
        run(copy, 'node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.build.json'),
        run(copy, 'node_modules/prettier/bin/prettier.cjs', '--check', ...code, 'docs/errors.md'),
      ]);
      for (const spec of specs) expect(tests).toContain(`PASS ${spec}`);

      await expect(run(copy, 'tools/new-module.mjs', NAME)).rejects.toMatchObject({
        stderr: expect.stringContaining(`src/${NAME} exists`) as string,
      });
      takeOut(copy, specs);
      expect(textsOf(copy)).toEqual(before);
    },
  );
});

/** By hand, as the tool says: the folder, its tests, and what is said of it in two files. */
function takeOut({ root }: Project, specs: readonly string[]): void {
  for (const each of [`src/${NAME}`, ...specs]) rmSync(path.join(root, each), { recursive: true });
  for (const file of ['src/app.module.ts', 'docs/errors.md']) {
    const text = readFileSync(path.join(root, file), 'utf8');
    const left = text.split('\n').filter((line) => !/PageViews|PAGE_VIEWS/.test(line));
    writeFileSync(path.join(root, file), left.join('\n'));
  }
}
