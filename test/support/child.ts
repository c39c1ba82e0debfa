import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import path from 'node:path';

// Captured when the file loads, so that a test with fake timers still waits in real time.
const { setTimeout, clearTimeout } = globalThis;

export interface SpawnNodeOptions {
  /** Laid over this process' environment; `undefined` removes a variable. */
  env?: Record<string, string | undefined>;
  /** The script's arguments: its `process.argv.slice(2)`. */
  args?: readonly string[];
  /** Options of node itself, such as `--expose-gc`. */
  execArgv?: readonly string[];
  /** The working directory; this process' own unless given. */
  cwd?: string;
}

export interface ChildExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface WaitForLineOptions {
  /** How long to wait, in milliseconds (default 10000). */
  timeoutMs?: number;
  /** Which output to read; both unless given. */
  stream?: 'stdout' | 'stderr';
  /** Skip so many lines of `lines`: pass an earlier `lines.length` to see only what comes after it. */
  after?: number;
}

export interface OutputLine {
  stream: 'stdout' | 'stderr';
  text: string;
}

const ORPHAN_CHECK_MS = 500;
const HELD_OUTPUT_MS = 200;
const TAIL_LINES = 30;
const running = new Set<NodeChild>();

/**
 * Starts a real Node process, to be killed, frozen or raced as only a process can be.
 *
 * The process leads a process group of its own; the whole group is killed after the test file, and the
 * process ends itself when the one that started it is gone.
 *
 * @param script a .js, .cjs or .mjs file; a .ts file, compiled as it loads, with `.js` imports and decorators
 *   as everywhere here; or `{ source }`, CommonJS text
 */
export function spawnNode(script: string | { source: string }, options: SpawnNodeOptions = {}): NodeChild {
  return new NodeChild(script, options);
}

/** Kills what is left of every process that this file started, and waits until it is gone. */
export async function killChildren(): Promise<void> {
  const left = [...running];
  running.clear();
  for (const child of left) child.killGroup();
  await Promise.all(left.map((child) => child.exited));
}

export class NodeChild {
  /** Every complete line of both outputs, in the order of arrival. */
  readonly lines: OutputLine[] = [];
  /** Resolves when the process has ended and its output was read; never rejects. */
  readonly exited: Promise<ChildExit>;
  private readonly process: ChildProcess;
  private readonly output = { stdout: '', stderr: '' };
  private readonly watchers = new Set<() => void>();
  private readonly title: string;
  private ended: ChildExit | undefined;
  private failure: Error | undefined;

  constructor(script: string | { source: string }, { env, args = [], execArgv = [], cwd }: SpawnNodeOptions) {
    this.title = typeof script === 'string' ? path.basename(script) : 'source';
    const environment = { ...process.env, ...env };
    for (const [name, value] of Object.entries(environment))
      if (value === undefined) delete environment[name];

    this.process = spawn(process.execPath, [...execArgv, ...orphanGuard(), ...entry(script), ...args], {
      cwd,
      env: environment,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    running.add(this);
    this.collect('stdout');
    this.collect('stderr');
    this.process.stdin?.on('error', () => {
      // The process ended before it read this: `exited` tells.
    });
    this.exited = new Promise((resolve) => {
      let held: NodeJS.Timeout | undefined;
      const finish = (end: ChildExit): void => {
        clearTimeout(held);
        if (this.ended) return;
        this.ended = end;
        resolve(end);
        this.notify();
      };
      this.process.once('error', (error) => {
        this.failure = error;
        if (this.process.pid === undefined) finish({ code: null, signal: null });
      });
      this.process.once('close', (code, signal) => finish({ code, signal }));
      // A grandchild may hold the output open for as long as it lives.
      this.process.once('exit', (code, signal) => {
        if (!this.groupIsAlive()) running.delete(this);
        held = setTimeout(() => finish({ code, signal }), HELD_OUTPUT_MS);
      });
    });
  }

  /** The process id; undefined when it could not be started. */
  get pid(): number | undefined {
    return this.process.pid;
  }

  /** All that was written to stdout. */
  get stdout(): string {
    return this.output.stdout;
  }

  /** All that was written to stderr. */
  get stderr(): string {
    return this.output.stderr;
  }

  /** How it ended; undefined while it runs. */
  get exit(): ChildExit | undefined {
    return this.ended;
  }

  /** Writes a line to the process' stdin. */
  writeLine(text: string): void {
    this.process.stdin?.write(`${text}\n`);
  }

  /**
   * Waits for a line of output; lines that were already written count.
   *
   * @returns the match, for its groups
   * @throws Error with the last output when the process ends, or the time passes, without such a line
   */
  waitForLine(
    pattern: RegExp,
    { timeoutMs = 10_000, stream, after = 0 }: WaitForLineOptions = {},
  ): Promise<RegExpExecArray> {
    const once = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
    const failure = new Error();
    Error.captureStackTrace(failure, this.waitForLine);
    let next = after;

    return new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(deadline);
        this.watchers.delete(look);
      };
      const fail = (why: string): void => {
        stop();
        failure.message = `${this.title}: no line matched ${pattern}: ${why}\n${this.tail()}`;
        failure.stack = failure.stack?.replace(/^Error(?=\n|$)/, () => `Error: ${failure.message}`);
        if (this.failure) failure.cause = this.failure;
        reject(failure);
      };
      const look = (): void => {
        for (; next < this.lines.length; next++) {
          const line = this.lines[next];
          const match = stream && line.stream !== stream ? null : once.exec(line.text);
          if (match) {
            stop();
            resolve(match);
            return;
          }
        }
        if (this.failure) fail(this.failure.message);
        else if (this.ended) fail(`it ended with ${this.ended.signal ?? `code ${this.ended.code}`}`);
      };
      const deadline = setTimeout(() => fail(`waited ${timeoutMs} ms`), timeoutMs);
      this.watchers.add(look);
      look();
    });
  }

  /**
   * Sends a signal to the process alone; `SIGSTOP` freezes it and `SIGCONT` lets it go on. Await `exited` for
   * the end.
   *
   * @returns false when it has already ended
   */
  kill(signal: NodeJS.Signals = 'SIGTERM'): boolean {
    return this.process.kill(signal);
  }

  /**
   * Asks the process to end (SIGTERM), and kills it when it has not within the grace.
   *
   * @param graceMs in milliseconds
   */
  async stop(graceMs = 5_000): Promise<ChildExit> {
    this.kill('SIGTERM');
    const timer = setTimeout(() => this.kill('SIGKILL'), graceMs);
    const end = await this.exited;
    clearTimeout(timer);
    return end;
  }

  /** Kills (SIGKILL) the process and all that it started in its group, whether or not it still runs itself. */
  killGroup(): void {
    this.signalGroup('SIGKILL');
  }

  private groupIsAlive(): boolean {
    return this.signalGroup(0);
  }

  private signalGroup(signal: NodeJS.Signals | 0): boolean {
    if (this.pid === undefined) return false;
    try {
      return process.kill(-this.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      return false;
    }
  }

  private collect(stream: 'stdout' | 'stderr'): void {
    const source = this.process[stream];
    if (!source) return;
    source.setEncoding('utf8');
    source.on('data', (text: string) => {
      this.output[stream] += text;
    });
    createInterface({ input: source, crlfDelay: Infinity }).on('line', (text) => {
      this.lines.push({ stream, text });
      this.notify();
    });
  }

  private notify(): void {
    for (const look of this.watchers) look();
  }

  private tail(): string {
    const tail = this.lines.slice(-TAIL_LINES).map(({ stream, text }) => `  ${stream}: ${text}`);
    return tail.length > 0 ? tail.join('\n') : '  (no output)';
  }
}

/** Node options by which the process ends itself once its parent is no longer the one that started it. */
function orphanGuard(): string[] {
  const guard =
    `const parent = process.ppid;` +
    `setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL'); }, ${ORPHAN_CHECK_MS}).unref();`;
  return ['--import', `data:text/javascript,${encodeURIComponent(guard)}`];
}

/** Node's arguments for the script; `--` keeps the script's own from being read as node's. */
function entry(script: string | { source: string }): string[] {
  if (typeof script !== 'string') return ['-e', script.source, '--', 'source'];
  if (!script.endsWith('.ts')) return [script];
  return [
    '-e',
    `(${loadTypeScript})(${JSON.stringify(require.resolve('@swc/core'))})`,
    '--',
    path.resolve(script),
  ];
}

/** Runs in the child, as text: it can use nothing of this file. */
const loadTypeScript = `function (swcPath) {
  const Module = require('node:module');
  const { transformFileSync } = require(swcPath);
  const resolve = Module._resolveFilename;
  Module._resolveFilename = function (request, parent, ...rest) {
    if (/^\\.{1,2}\\/.*\\.js$/.test(request) && parent?.filename?.endsWith('.ts')) {
      try {
        return resolve.call(this, request.slice(0, -2) + 'ts', parent, ...rest);
      } catch (error) {
        if (error.code !== 'MODULE_NOT_FOUND') throw error;
      }
    }
    return resolve.call(this, request, parent, ...rest);
  };
  Module._extensions['.ts'] = (module, file) => {
    const { code } = transformFileSync(file, {
      swcrc: false,
      jsc: {
        target: 'es2022',
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true },
        keepClassNames: true,
      },
      module: { type: 'commonjs' },
      sourceMaps: 'inline',
    });
    module._compile(code, file);
  };
  require(process.argv[1]);
}`;

process.once('exit', () => {
  for (const child of running) child.killGroup();
});
try {
  if (typeof afterAll === 'function') afterAll(killChildren);
} catch {
  // Loaded from inside a running test, where no hook can be registered: the exit and orphan guards remain.
}
