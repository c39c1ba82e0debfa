import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { killChildren, spawnNode } from './child.js';
import { waitFor } from './wait-for.js';

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const FOREVER = { source: `setInterval(() => {}, 1000); console.log('up', process.pid)` };

describe('spawnNode', () => {
  let dir: string;

  beforeAll(() => {
    dir = mkdtempSync(path.join(tmpdir(), 'child-spec-'));
  });

  afterAll(() => {
    rmSync(dir, { recursive: true });
  });

  it('runs a script with arguments and environment, and keeps its output and its end', async () => {
    const script = path.join(dir, 'plain.cjs');
    writeFileSync(
      script,
      `console.log(process.argv.slice(2).join(), process.env.GIVEN, 'HOME' in process.env);
       console.error('héllo'); process.stdout.write('unfinished'); process.exitCode = 3;`,
    );
    const child = spawnNode(script, { args: ['a', '--b'], env: { GIVEN: 'yes', HOME: undefined } });
    await expect(child.exited).resolves.toEqual({ code: 3, signal: null });
    expect(child.exit).toEqual({ code: 3, signal: null });
    expect(child.stdout).toBe('a,--b yes false\nunfinished');
    expect(child.stderr).toBe('héllo\n');
    expect(child.lines).toContainEqual({ stream: 'stdout', text: 'unfinished' });
    expect(child.kill()).toBe(false);
  });

  it('runs TypeScript with .js imports and decorators', async () => {
    writeFileSync(path.join(dir, 'part.ts'), `export const part: string = 'typed';`);
    writeFileSync(
      path.join(dir, 'whole.ts'),
      `import { part } from './part.js';
       const mark = (target: object): void => void ((target as { marked?: boolean }).marked = true);
       @mark class Thing { static marked?: boolean; }
       console.log(part, Thing.marked, process.argv.slice(2).join(' '));`,
    );
    const child = spawnNode(path.join(dir, 'whole.ts'), { args: ['--flag', 'x'] });
    await child.waitForLine(/^typed true --flag x$/);
    await expect(child.exited).resolves.toEqual({ code: 0, signal: null });
  });

  it('waits for a line that was written, or will be', async () => {
    const child = spawnNode({
      source: `console.log('listening on 4001');
        require('node:readline').createInterface({ input: process.stdin }).on('line', (l) => console.error('got ' + l));`,
    });
    const [, port] = await child.waitForLine(/listening on (\d+)/g);
    expect(port).toBe('4001');
    await child.waitForLine(/listening/, { stream: 'stdout' });

    child.writeLine('one');
    await child.waitForLine(/got one/, { stream: 'stderr' });
    const after = child.lines.length;
    const second = child.waitForLine(/got/, { after });
    child.writeLine('two');
    expect((await second).input).toBe('got two');
    await expect(child.waitForLine(/three/, { timeoutMs: 50 })).rejects.toThrow(
      /source: no line matched \/three\/: waited 50 ms\n[^]*stderr: got two/,
    );
  });

  it('fails a wait at once when the process ends, and shows why', async () => {
    const child = spawnNode({ source: `throw new Error('no such port')` });
    await expect(child.waitForLine(/ready/)).rejects.toThrow(
      /no line matched \/ready\/: it ended with code 1\n[^]*no such port/,
    );
  });

  it('reports a process that cannot be started', async () => {
    const child = spawnNode(FOREVER, { cwd: path.join(dir, 'missing') });
    await expect(child.waitForLine(/up/)).rejects.toThrow('ENOENT');
    await expect(child.exited).resolves.toEqual({ code: null, signal: null });
  });

  it('freezes, thaws and kills', async () => {
    const child = spawnNode({ source: `setInterval(() => console.log('tick'), 5)` });
    await child.waitForLine(/tick/);
    child.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const frozenAt = child.lines.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(child.lines).toHaveLength(frozenAt);
    child.kill('SIGCONT');
    await child.waitForLine(/tick/, { after: frozenAt });
    child.kill('SIGKILL');
    await expect(child.exited).resolves.toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('stops a process that ignores SIGTERM', async () => {
    const child = spawnNode({ source: `process.on('SIGTERM', () => {}); ${FOREVER.source}` });
    await child.waitForLine(/up/);
    await expect(child.stop(50)).resolves.toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('kills every process and what those have started', async () => {
    const child = spawnNode({
      source: `const { pid } = require('node:child_process').spawn('sleep', ['60'], { stdio: 'inherit' });
               console.log('grandchild', pid); setInterval(() => {}, 1000);`,
    });
    const stopped = spawnNode(FOREVER);
    const grandchild = Number((await child.waitForLine(/grandchild (\d+)/))[1]);
    await stopped.waitForLine(/up/);
    stopped.kill('SIGSTOP');
    child.kill('SIGKILL');
    await child.exited;
    expect(isAlive(grandchild)).toBe(true);

    await killChildren();
    await expect(stopped.exited).resolves.toEqual({ code: null, signal: 'SIGKILL' });
    await waitFor(() => !isAlive(grandchild), { what: 'the grandchild to end' });
  });

  it('leaves no process behind when the one that started it is killed', async () => {
    const script = path.join(dir, 'parent.ts');
    writeFileSync(
      script,
      `import { spawnNode } from ${JSON.stringify(path.join(__dirname, 'child.ts'))};
       spawnNode({ source: ${JSON.stringify(FOREVER.source)} })
         .waitForLine(/up (\\d+)/).then(([, pid]) => console.log('orphan', pid));`,
    );
    const parent = spawnNode(script);
    const orphan = Number((await parent.waitForLine(/orphan (\d+)/))[1]);
    expect(isAlive(orphan)).toBe(true);
    parent.kill('SIGKILL');
    await waitFor(() => !isAlive(orphan), { what: 'the orphan to end itself', timeoutMs: 5_000 });
  });
});
