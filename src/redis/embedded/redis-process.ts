import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { repairAof } from './aof-repair.js';

/**
 * Runs the server as a child of a small shell that watches its standard input: when this process ends, however
 * that happens, the pipe closes and the shell stops the server. So no server outlives its owner.
 * Only the shell gets the pipe; the server and the watcher run in the background of it.
 */
const SUPERVISOR = `
exec 3<&0
"$@" </dev/null &
server=$!
echo "$server"
(read -r _ <&3; kill -TERM "$server" 2>/dev/null) &
wait "$server"
`;

const START_TIMEOUT_MS = 15_000;
const STOP_TIMEOUT_MS = 10_000;

/** A port that was free may be another's a moment later. */
const MOST_PORTS = 3;

export interface RedisProcessOptions {
  /** `redis-server` or `valkey-server`, by name or path. */
  readonly binary: string;
  /** Working folder: AOF and RDB files go there. */
  readonly folder: string;
  /** 0 or absent: a free one. */
  readonly port?: number;
  /** Further arguments, as on the command line: `['--appendonly', 'yes']`. */
  readonly args?: readonly string[];
}

/** A redis-server on loopback that ends with this process at the latest. */
export class RedisProcess {
  private ended = false;

  private constructor(
    private readonly supervisor: ChildProcess,
    /** The server's own process id, for signals. */
    readonly pid: number,
    readonly port: number,
    /** Settles when the server has ended. */
    readonly exited: Promise<void>,
  ) {
    void exited.then(() => (this.ended = true));
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts a server and waits until it accepts connections. What an earlier one in this folder has not written to its end is taken out. */
  static async start(options: RedisProcessOptions): Promise<RedisProcess> {
    await repairAof(options.binary, options.folder);
    for (let tried = 1; ; tried += 1) {
      try {
        return await RedisProcess.launch(options, options.port || (await freePort()));
      } catch (error) {
        const isTaken = /address already in use/i.test((error as Error).message);
        if (!isTaken || options.port || tried === MOST_PORTS) throw error;
      }
    }
  }

  private static async launch(options: RedisProcessOptions, port: number): Promise<RedisProcess> {
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    const command = [options.binary, '--port', String(port), '--bind', '127.0.0.1', '--dir', options.folder];
    const supervisor = spawn('/bin/sh', ['-c', SUPERVISOR, 'redis', ...command, ...(options.args ?? [])], {
      stdio: ['pipe', 'pipe', 'pipe'],
      // Its own process group: Ctrl-C reaches this process alone, which stops the server when it no longer needs it.
      detached: true,
    });
    const output: string[] = [];
    const exited = new Promise<void>((done) => supervisor.once('exit', () => done()));
    let over = false;
    const failed = exited.then(async () => {
      over = true;
      // Its last words may still wait to be read.
      await nextTurn();
      throw new Error(`${options.binary} stopped at once:\n${output.join('').trim().slice(-2000)}`);
    });
    try {
      const pid = await Promise.race([serverPid(supervisor, output), failed]);
      await Promise.race([accepting(port, () => over), failed]);
      for (const pipe of [supervisor.stdout, supervisor.stderr]) pipe?.removeAllListeners('data').resume();
      unreference(supervisor);
      return new RedisProcess(supervisor, pid, port, exited);
    } catch (error) {
      supervisor.stdin?.destroy();
      throw error;
    }
  }

  /** SIGTERM: the server saves and ends. After ten seconds, or with `force`, SIGKILL. */
  async stop(options: { force?: boolean } = {}): Promise<void> {
    this.signal(options.force ? 'SIGKILL' : 'SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), STOP_TIMEOUT_MS);
    await this.exited;
    clearTimeout(timer);
    this.supervisor.stdin?.destroy();
  }

  /** Does nothing once the server has ended: its process id may be another's by then. */
  signal(signal: NodeJS.Signals): void {
    if (this.ended) return;
    try {
      process.kill(this.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** A running server alone keeps no process alive. */
function unreference(supervisor: ChildProcess): void {
  supervisor.unref();
  for (const pipe of supervisor.stdio) (pipe as unknown as { unref?: () => void } | null)?.unref?.();
}

/** What the shell says of the server, which may have spoken before it. */
function serverPid(supervisor: ChildProcess, output: string[]): Promise<number> {
  return new Promise((done, fail) => {
    let said = '';
    supervisor.once('error', fail);
    supervisor.stderr?.on('data', (chunk) => output.push(String(chunk)));
    supervisor.stdout?.on('data', (chunk) => {
      output.push(String(chunk));
      said += String(chunk);
      const line = /^(\d+)$/m.exec(said.slice(0, said.lastIndexOf('\n') + 1));
      if (line) done(Number(line[1]));
    });
  });
}

async function accepting(port: number, isOver: () => boolean): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!isOver() && !(await canConnect(port))) {
    if (Date.now() > deadline) throw new Error(`The embedded server did not listen on port ${port} in time`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
    socket.once('close', () => socket.destroy());
    socket.once('connect', () => socket.destroy());
  });
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}
