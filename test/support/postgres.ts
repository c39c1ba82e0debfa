import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import type { DataFolder } from '../../src/config/index.js';
import { EmbeddedPostgres } from '../../src/postgres/index.js';
import { waitFor } from './wait-for.js';

/**
 * A shell that stops the server when its own input ends: when it is closed, or this process is gone, however that
 * happened. SIGINT is a fast shutdown, which does not wait for clients.
 */
const SUPERVISOR = `
exec 3<&0
"$@" </dev/null &
server=$!
(read -r _ <&3; kill -INT "$server" 2>/dev/null) &
wait "$server"
`;

export interface TestPostgres {
  /** A server, or PGlite behind a socket where the machine has no server. */
  readonly kind: 'server' | 'pglite-socket';
  readonly port: number;
  readonly url: string;
  /** A new, empty database on the server, by its URL. PGlite has one only: it is emptied. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a Postgres that is reached over TCP, on a free port, with its files in a folder of its own. */
export async function startPostgres(): Promise<TestPostgres> {
  const binaries = findBinaries();
  return binaries === undefined ? startPgliteSocket() : startServer(binaries);
}

/** Whether there is a real server, with sessions that block and end each other. */
export function hasPostgresServer(): boolean {
  return findBinaries() !== undefined;
}

/** The binaries on PATH or where Debian puts them; undefined when there are none. */
function findBinaries(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...(process.env.PATH ?? '').split(path.delimiter),
    ...versions.map((version) => path.join(debian, version, 'bin')),
  ];
  return folders.find((folder) =>
    ['initdb', 'postgres'].every((name) => existsSync(path.join(folder, name))),
  );
}

/** initdb refuses root: then the server runs as an ordinary user of the machine. */
function unprivileged(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (option: string) => Number(execFileSync('id', [option, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function startServer(binaries: string): Promise<TestPostgres> {
  const user = unprivileged();
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-postgres-'));
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid ?? user.uid);
  const data = path.join(folder, 'data');
  const options = { ...user, cwd: folder, env: { ...process.env, LC_ALL: 'C.UTF-8' } };
  const initdb = ['-D', data, '-U', 'postgres', '--auth=trust', '--no-sync', '-E', 'UTF8'];
  execFileSync(path.join(binaries, 'initdb'), initdb, { ...options, stdio: 'pipe' });
  const port = await freePort();
  const settings = ['fsync=off', 'listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`];
  const args = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
  const command = [path.join(binaries, 'postgres'), ...args];
  const server = spawn('/bin/sh', ['-c', SUPERVISOR, 'postgres', ...command], {
    ...options,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await waitFor(() => answers(url), { what: 'postgres to accept connections', timeoutMs: 15_000 });
  let databases = 0;
  return {
    kind: 'server',
    port,
    url,
    createDatabase: async () => {
      const name = `test_${(databases += 1)}`;
      await execute(url, `create database ${name}`);
      return `postgres://postgres@127.0.0.1:${port}/${name}`;
    },
    stop: async () => {
      await stopped(server);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startPgliteSocket(): Promise<TestPostgres> {
  const { PGlite } = await import('@electric-sql/pglite');
  const { PGLiteSocketServer } = await import('@electric-sql/pglite-socket');
  const folder = await dataFolderWithPostgres();
  const database = await PGlite.create(path.join(folder, 'postgres'));
  const port = await freePort();
  const server = new PGLiteSocketServer({ db: database, port, host: '127.0.0.1', maxConnections: 50 });
  await server.start();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres?sslmode=disable`;
  return {
    kind: 'pglite-socket',
    port,
    url,
    createDatabase: async () => {
      await execute(url, 'drop schema public cascade');
      await execute(url, 'create schema public');
      return url;
    },
    stop: async () => {
      await server.stop();
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * A data folder with a database in it that opens in half a second: initdb, which takes seconds, runs once a
 * machine. Give it to DATA_DIR, or use {@link embeddedPostgres}.
 */
export async function dataFolderWithPostgres(): Promise<string> {
  const template = path.join(tmpdir(), `holdfast-pglite-${pgliteVersion()}-${process.getuid?.() ?? 0}`);
  if (!existsSync(template)) {
    const fresh = mkdtempSync(`${template}-`);
    const embedded = embeddedPostgres(fresh);
    await embedded.start();
    await embedded.stop();
    // Another worker may have been faster; its template is as good.
    if (existsSync(template)) rmSync(fresh, { recursive: true });
    else renameSync(fresh, template);
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-data-'));
  cpSync(template, folder, { recursive: true });
  return folder;
}

/** A database of another version would not open. */
function pgliteVersion(): string {
  const manifest = readFileSync(path.resolve(__dirname, '../../package.json'), 'utf8');
  return (JSON.parse(manifest) as { dependencies: Record<string, string> }).dependencies[
    '@electric-sql/pglite'
  ];
}

/** The embedded database in a folder that nobody else claims. */
export function embeddedPostgres(folder: string): EmbeddedPostgres {
  return new EmbeddedPostgres({ claim: () => Promise.resolve(folder) } as DataFolder);
}

/** Runs one statement over a connection of its own. */
export async function execute(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

async function answers(url: string): Promise<boolean> {
  await execute(url, 'select 1');
  return true;
}

async function stopped(server: ChildProcess): Promise<void> {
  const ended = new Promise((done) => server.once('exit', done));
  server.stdin?.end();
  await ended;
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => done(port));
    });
  });
}
