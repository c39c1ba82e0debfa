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

/** What stands in the files of src/, test/e2e/ and docs/. */
function textsOf(copy: Project): Record<string, string> {
  const files = ['src', 'test/e2e', 'docs'].flatMap((folder) => copy.files(folder));
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
  ])('refuses the name %j, and says why', async (args, reason) => {
    const before = textsOf(copy);
    await expect(run(copy, 'tools/new-module.mjs', ...args)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(new RegExp(`^holdfast: .*${reason}`)) as string,
    });
    expect(textsOf(copy)).toEqual(before);
  });

  it('writes a module that keeps every rule, compiles, passes its tests and is part of the app', async () => {
    const before = textsOf(copy);
    expect(await run(copy, 'tools/new-module.mjs', NAME)).toContain(`src/${NAME}/${NAME}.module.ts`);
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

    const spec = `test/e2e/${NAME}.e2e-spec.ts`;
    const changed = [`src/${NAME}`, spec, 'src/app.module.ts', 'docs/errors.md'];
    expect(await lintFaults(copy, [`src/${NAME}`, spec, 'src/app.module.ts'])).toEqual([]);
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
      run(copy, 'node_modules/prettier/bin/prettier.cjs', '--check', ...changed),
    ]);
    expect(tests).toContain(`PASS ${spec}`);

    await expect(run(copy, 'tools/new-module.mjs', NAME)).rejects.toMatchObject({
      stderr: expect.stringContaining(`src/${NAME} exists`) as string,
    });
    takeOut(copy, spec);
    expect(textsOf(copy)).toEqual(before);
  });
});

/** By hand, as the tool says: the folder, its test, and what is said of it in two files. */
function takeOut({ root }: Project, spec: string): void {
  for (const each of [`src/${NAME}`, spec]) rmSync(path.join(root, each), { recursive: true });
  for (const file of ['src/app.module.ts', 'docs/errors.md']) {
    const text = readFileSync(path.join(root, file), 'utf8');
    const left = text.split('\n').filter((line) => !/PageViews|PAGE_VIEWS/.test(line));
    writeFileSync(path.join(root, file), left.join('\n'));
  }
}
