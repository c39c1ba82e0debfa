import { readFileSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { killChildren, type NodeChild, spawnNode } from '../support/child.js';
import { ToolSandbox } from '../support/tool-sandbox.js';
import { waitFor } from '../support/wait-for.js';

// Each test starts several processes, and the machine may be busy with other tests.

let sandbox: ToolSandbox;

beforeEach(() => {
  sandbox = new ToolSandbox();
  sandbox.write('calls', '');
});

afterEach(async () => {
  await killChildren();
  sandbox.remove();
});

const names = (calls: string[]): string[] => calls.map((call) => call.split(' ')[0]);

/** The one line that a tool ends with when it cannot go on. */
async function refusal(tool: NodeChild): Promise<{ code: number | null; line: string; lines: number }> {
  const { code } = await tool.exited;
  const told = tool.lines.filter(({ stream }) => stream === 'stderr');
  return { code, line: told.at(-1)?.text ?? '', lines: told.length };
}

async function startedServer(env?: Record<string, string>, args?: string[]) {
  const tool = sandbox.run('start.mjs', { env, args });
  const [, told] = await tool.waitForLine(/^listening (.*)$/);
  return { tool, server: JSON.parse(told) as { pid: number; redis?: string; args: string[] } };
}

const groupIsGone = (tool: NodeChild): boolean => {
  try {
    process.kill(-(tool.pid as number), 0);
    return false;
  } catch {
    return true;
  }
};

describe('npm start on a bare clone', () => {
  it('installs, builds and becomes the server, with the Redis server that it found', async () => {
    const redis = sandbox.redisServer();
    sandbox.write('src/locks/lua/acquire.lua', 'return 1');
    sandbox.write('src/locks/locks.spec.ts', 'a test');
    sandbox.write('src/locks/README.md', 'a page');

    const { tool, server } = await startedServer({}, ['--flag', 'a b']);

    expect(names(sandbox.calls())).toEqual(['npm', 'tsc']);
    expect(server.redis).toBe(redis);
    expect(server.args).toEqual([path.join(sandbox.root, 'dist/main.js'), '--flag', 'a b']);
    expect(server.pid).toBe(tool.pid);
    expect(sandbox.read('dist/locks/lua/acquire.lua')).toBe('return 1');
    expect(() => sandbox.read('dist/locks/README.md')).toThrow('ENOENT');
    expect(() => sandbox.read('dist/locks/locks.spec.ts')).toThrow('ENOENT');
  });

  it('takes development packages along where NODE_ENV says production', async () => {
    sandbox.redisServer();
    await startedServer({ NODE_ENV: 'production' });
    expect(sandbox.calls()[0]).toMatch(/^npm ci --include=dev/);
  });

  it('needs no Redis server where REDIS_URL is set', async () => {
    const { server } = await startedServer({ REDIS_URL: 'redis://127.0.0.1:1' });
    expect(server.redis).toBeUndefined();
  });

  it('needs none either where .env says so, as the server reads it too', async () => {
    sandbox.write('.env', 'REDIS_URL=redis://127.0.0.1:1\n');
    const { server } = await startedServer();
    expect(server.redis).toBeUndefined();
  });

  it('says that Node is too old in one line', async () => {
    sandbox.write('package.json', JSON.stringify({ engines: { node: '>=99.1' } }));
    const { code, line, lines } = await refusal(sandbox.run('start.mjs'));
    expect({ code, lines }).toEqual({ code: 1, lines: 1 });
    expect(line).toBe(`holdfast: needs Node 99.1 or newer; this is ${process.versions.node}`);
  });

  it('shows what npm said when the installation fails, and ends with one line', async () => {
    sandbox.redisServer();
    const tool = sandbox.run('start.mjs', { env: { NPM_FAILS: '1' } });
    const { code, line } = await refusal(tool);
    expect({ code, line }).toEqual({ code: 1, line: 'holdfast: "npm ci" ended with exit code 1' });
    expect(tool.stderr).toContain('npm error it cannot be had');
  });

  it('does not start a build that failed, nor takes it for a fresh one', async () => {
    sandbox.redisServer();
    const failing = sandbox.run('start.mjs', { env: { TSC_FAILS: '1' } });
    expect((await failing.exited).code).toBe(1);
    expect(failing.stderr).toContain('error TS1: no');
    sandbox.calls();
    await startedServer();
    expect(names(sandbox.calls())).toEqual(['tsc']);
  });
});

describe('npm start again', () => {
  beforeEach(async () => {
    sandbox.redisServer();
    const { tool } = await startedServer();
    await tool.stop();
    sandbox.calls();
  });

  const callsOfNextStart = async (): Promise<string[]> => {
    await startedServer();
    return names(sandbox.calls());
  };

  it('does nothing that is done', async () => {
    expect(await callsOfNextStart()).toEqual([]);
  });

  it('does nothing for a test or a page that changed', async () => {
    sandbox.write('src/locks/locks.spec.ts', 'a test');
    expect(await callsOfNextStart()).toEqual([]);
  });

  it('builds when a source changed, though its date is older than the build', async () => {
    sandbox.write('src/main.ts', `${sandbox.read('src/main.ts')}\n`);
    utimesSync(path.join(sandbox.root, 'src/main.ts'), new Date(0), new Date(0));
    expect(await callsOfNextStart()).toEqual(['tsc']);
  });

  it('builds when a script that a module loads changed', async () => {
    sandbox.write('src/locks/lua/acquire.lua', 'return 2');
    expect(await callsOfNextStart()).toEqual(['tsc']);
  });

  it('installs when the lockfile asks for another version', async () => {
    sandbox.write(
      'package-lock.json',
      sandbox.read('package-lock.json').replace('"version":"1.0.0"', '"version":"1.0.1"'),
    );
    expect(await callsOfNextStart()).toEqual(['npm', 'tsc']);
  });

  it('installs when package.json and the lockfile disagree, for npm to say so', async () => {
    sandbox.write('package.json', sandbox.read('package.json').replace('"left":"1.0.0"', '"left":"2.0.0"'));
    expect((await callsOfNextStart())[0]).toBe('npm');
  });

  it('installs when node_modules came from another system', async () => {
    const foreign = { version: '1.0.0', os: ['plan9'], optional: true };
    const lock = JSON.parse(sandbox.read('package-lock.json'));
    lock.packages['node_modules/foreign'] = foreign;
    sandbox.write('package-lock.json', JSON.stringify(lock));
    const { '': _, ...packages } = lock.packages;
    sandbox.write('node_modules/.package-lock.json', JSON.stringify({ packages }));
    expect((await callsOfNextStart())[0]).toBe('npm');
  });

  it('takes an installation by hand for what it is', async () => {
    const lock = JSON.parse(sandbox.read('package-lock.json'));
    lock.packages['node_modules/elsewhere'] = { version: '1.0.0', os: ['plan9'], optional: true };
    lock.packages['node_modules/left'].version = '3.0.0';
    sandbox.write('package-lock.json', JSON.stringify(lock));
    const byHand = { packages: { 'node_modules/left': { version: '3.0.0' } } };
    sandbox.write('node_modules/.package-lock.json', JSON.stringify(byHand));
    expect(await callsOfNextStart()).toEqual(['tsc']);
  });
});

describe('a signal', () => {
  beforeEach(() => void sandbox.redisServer());

  it('reaches the graceful shutdown, and Ctrl-C under npm, which comes twice, does not cut it', async () => {
    const { tool } = await startedServer();
    process.kill(-(tool.pid as number), 'SIGINT');
    await tool.waitForLine(/^stopping$/);
    tool.kill('SIGINT');
    await tool.waitForLine(/^asked again$/);
    await tool.waitForLine(/^stopped$/);
    expect(await tool.exited).toEqual({ code: 0, signal: null });
    expect(groupIsGone(tool)).toBe(true);
  });

  it('ends an installation, and leaves nothing of it behind', async () => {
    const tool = sandbox.run('start.mjs', { env: { NPM_HANGS: '1' } });
    await waitFor(() => sandbox.read('calls').includes('npm'), { what: 'npm to run', timeoutMs: 10_000 });
    tool.kill('SIGTERM');
    expect(await tool.exited).toEqual({ code: 143, signal: null });
    expect(groupIsGone(tool)).toBe(true);
  });

  it('ends a test run, and leaves nothing of it behind', async () => {
    sandbox.write('node_modules/jest/bin/jest.js', 'console.log("running"); setInterval(() => {}, 1000);');
    sandbox.write(
      'node_modules/.package-lock.json',
      '{"packages":{"node_modules/left":{"version":"1.0.0"}}}',
    );
    const tool = sandbox.run('test.mjs', { args: ['locks'] });
    await tool.waitForLine(/^running$/);
    tool.kill('SIGTERM');
    expect(await tool.exited).toEqual({ code: 143, signal: null });
    expect(groupIsGone(tool)).toBe(true);
  });
});

describe('the Redis server binary', () => {
  it('may be a Valkey', async () => {
    const valkey = sandbox.program('valkey-server', 'echo "Valkey server v=8.1.3 sha=00000000:0"');
    expect((await startedServer()).server.redis).toBe(valkey);
  });

  it('is the one that REDIS_SERVER_BIN names, whatever is on PATH', async () => {
    sandbox.redisServer();
    const chosen = sandbox.redisServer('8.2.0', 'my-redis');
    expect((await startedServer({ REDIS_SERVER_BIN: chosen })).server.redis).toBe(chosen);
  });

  it.each([
    [
      '/nowhere/redis-server',
      'REDIS_SERVER_BIN is "/nowhere/redis-server", which is not a program that can be run',
    ],
    ['my-redis', 'REDIS_SERVER_BIN is "my-redis", which is not a program that can be run'],
    [tmpFolder(), `REDIS_SERVER_BIN is "${tmpFolder()}", which is not a program that can be run`],
  ])('is refused in one line when it is %s', async (REDIS_SERVER_BIN, reason) => {
    expect(await refusal(sandbox.run('start.mjs', { env: { REDIS_SERVER_BIN } }))).toEqual({
      code: 1,
      line: `holdfast: ${reason}`,
      lines: 1,
    });
  });

  it('is refused when it is too old, or no Redis server', async () => {
    const old = sandbox.redisServer('6.0.16');
    expect((await refusal(sandbox.run('start.mjs'))).line).toBe(
      `holdfast: ${old} is version 6.0.16; 7.0 or newer is needed`,
    );
    sandbox.program('redis-server', 'exit 0');
    expect((await refusal(sandbox.run('start.mjs'))).line).toMatch(
      'does not answer --version as a Redis server does',
    );
  });

  it('is named as what is missing where there is nothing to install it with', async () => {
    expect(await refusal(sandbox.run('start.mjs'))).toEqual({
      code: 1,
      line: 'holdfast: no redis-server on PATH, and no package manager that could install it: install Redis 7 or Valkey or set REDIS_URL',
      lines: 1,
    });
  });
});

/** A folder exists and is "executable", and still is no program. */
function tmpFolder(): string {
  return __dirname;
}

describe('the installation of a Redis server', () => {
  const isRoot = process.getuid?.() === 0;
  /** A package manager that puts a Redis server beside itself. */
  const manager = (name: string): void => {
    sandbox.program(
      name,
      `echo "${name} $*" >> "$SANDBOX/calls"
echo '#!/bin/sh' > "$SANDBOX/bin/redis-server"
echo 'echo "Redis server v=7.2.4 sha=0:0"' >> "$SANDBOX/bin/redis-server"
/bin/chmod 755 "$SANDBOX/bin/redis-server"`,
    );
  };

  it('uses the system’s package where it may, and says which command it runs', async () => {
    manager('apk');
    if (!isRoot) sandbox.program('sudo', '[ "$1" = -n ] && shift && { [ "$1" = true ] || "$@"; }');
    const { tool, server } = await startedServer();
    expect(server.redis).toBe(path.join(sandbox.root, 'bin/redis-server'));
    expect(sandbox.calls()[0]).toBe('apk add redis');
    expect(tool.stderr).toMatch(/^holdfast: no redis-server on PATH; running: (sudo -n )?apk add redis$/m);
  });

  it('is not even tried where HOLDFAST_NO_INSTALL forbids it', async () => {
    manager('apt-get');
    const tool = sandbox.run('start.mjs', { env: { HOLDFAST_NO_INSTALL: '1' } });
    expect(await refusal(tool)).toEqual({
      code: 1,
      line:
        'holdfast: no redis-server on PATH, and HOLDFAST_NO_INSTALL forbids to install it: ' +
        'install it ("apt-get install -y --no-install-recommends redis-server") or set REDIS_URL',
      lines: 1,
    });
    expect(sandbox.calls()).toEqual([]);
  });

  it('is not tried without the rights it needs: root for a system’s package, a user for Homebrew', async () => {
    manager(isRoot ? 'brew' : 'apk');
    const { code, line } = await refusal(sandbox.run('start.mjs'));
    expect(code).toBe(1);
    expect(line).toMatch(
      /no right to install it without asking: install it \("(apk add|brew install) redis"\)/,
    );
    expect(sandbox.calls()).toEqual([]);
  });

  it('shows what the package manager said when it fails', async () => {
    sandbox.program('apk', 'echo "ERROR: unable to select packages"; exit 1');
    if (!isRoot) sandbox.program('sudo', '[ "$1" = -n ] && shift && { [ "$1" = true ] || "$@"; }');
    const tool = sandbox.run('start.mjs');
    expect((await refusal(tool)).line).toBe('holdfast: "apk add redis" ended with exit code 1');
    expect(tool.stderr).toContain('ERROR: unable to select packages');
  });
});

describe('npm test', () => {
  const report = (counts: Record<string, number>): string =>
    JSON.stringify({
      numTotalTests: 9,
      numPassedTests: 7,
      numFailedTests: 0,
      numRuntimeErrorTestSuites: 0,
      numPendingTests: 0,
      numTodoTests: 0,
      ...counts,
    });
  const closingLine = async (env: Record<string, string>): Promise<string | undefined> => {
    const tool = sandbox.run('test.mjs', { env });
    await tool.exited;
    return tool.stdout.trim().split('\n').at(-1);
  };

  beforeEach(() => void sandbox.redisServer());

  it('builds for a full run, and passes a selection on to Jest without one', async () => {
    await sandbox.run('test.mjs').exited;
    expect(names(sandbox.calls())).toEqual(['npm', 'tsc', 'jest']);
    sandbox.write('src/more.ts', '');
    const tool = sandbox.run('test.mjs', { args: ['locks', '-t', 'a b'] });
    await tool.exited;
    expect(sandbox.calls()).toEqual([expect.stringMatching(/^jest locks -t a b --json --outputFile=/)]);
    expect(tool.stderr).toContain('dist is older than src');
  });

  it('needs a Redis server even where REDIS_URL is set: every test has its own', async () => {
    sandbox.program('redis-server', 'exit 1');
    expect((await sandbox.run('test.mjs', { env: { REDIS_URL: 'redis://127.0.0.1:1' } }).exited).code).toBe(
      1,
    );
  });

  it('has Jest’s exit code', async () => {
    expect((await sandbox.run('test.mjs', { env: { JEST_CODE: '3' } }).exited).code).toBe(3);
  });

  it.each([
    [{}, '7 passed, 0 failed'],
    [{ numFailedTests: 2 }, '7 passed, 2 failed'],
    [{ numRuntimeErrorTestSuites: 1 }, '7 passed, 1 failed'],
    [{ numPendingTests: 1, numTodoTests: 1 }, '7 passed, 0 failed, 2 skipped'],
  ])('closes with Jest’s own numbers: %j', async (counts, line) => {
    expect(await closingLine({ JEST_REPORT: report(counts) })).toBe(line);
  });

  it('counts nothing where Jest reports nothing', async () => {
    expect(await closingLine({})).toBe('');
    expect(await closingLine({ JEST_REPORT: '["a.spec.ts"]' })).toBe('');
  });
});

describe('.ci/run', () => {
  /** The real script in the sandbox, with an npm that tells what it is asked to run. */
  async function runCi(failing = 'nothing'): Promise<{ code: number | null; output: string[] }> {
    sandbox.redisServer();
    sandbox.write('.ci/run', readFileSync(path.resolve(__dirname, '../../.ci/run'), 'utf8'));
    sandbox.program(
      'npm',
      `[ "$1" = --version ] && exit; echo "npm $*" >> "$SANDBOX/calls"; echo "said by $*"; [ "$*" != "${failing}" ]`,
    );
    const script = `process.exitCode = require('node:child_process').spawnSync('bash', ['.ci/run'], { stdio: 'inherit' }).status;`;
    const env = { ...sandbox.environment, PATH: `${sandbox.environment.PATH}:${process.env.PATH}` };
    const ci = spawnNode({ source: script }, { env, cwd: sandbox.root });
    const { code } = await ci.exited;
    return { code, output: ci.stdout.trim().split('\n') };
  }

  it('prepares the machine, then tells one line a step, and ends with the tests', async () => {
    const { code, output } = await runCi();
    expect(code).toBe(0);
    expect(sandbox.calls().map((call) => call.replace(/ --.*/, ''))).toEqual([
      'npm ci',
      'tsc -p tsconfig.build.json',
      'npm run format',
      'npm run lint',
      'npm run types',
      'npm run check:container',
      'npm test',
    ]);
    expect(output.slice(1).map((line) => line.replace(/\d+ s$/, 'N s'))).toEqual([
      'format       passed in N s',
      'lint         passed in N s',
      'types        passed in N s',
      'container    passed in N s',
      'tests:',
      'said by test',
    ]);
  });

  it('ends at the first step that fails, with its output and its exit code', async () => {
    const { code, output } = await runCi('run types');
    expect(code).toBe(1);
    expect(sandbox.calls().at(-1)).toBe('npm run types');
    expect(output.at(-2)).toBe('said by run types');
    expect(output.at(-1)).toMatch(/^types +FAILED \(exit code 1\) after \d+ s: npm run types$/);
  });

  it('fails when the tests fail', async () => {
    expect((await runCi('test')).code).toBe(1);
  });
});
