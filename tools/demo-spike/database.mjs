import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onPath } from '../bootstrap/programs.mjs';

/**
 * The one database of the three replicas: DATABASE_URL, else a Postgres of the demo's own when the machine has the
 * programs, else one PGlite that is served over a socket.
 *
 * @returns {Promise<{ kind: string, url: string, stop(): Promise<void> }>}
 */
export async function openDatabase() {
  if (process.env.DATABASE_URL)
    return { kind: 'DATABASE_URL', url: process.env.DATABASE_URL, stop: async () => {} };
  const binaries = findPostgres();
  return binaries ? startPostgres(binaries) : servePglite();
}

/** The folder of initdb and postgres: on PATH, or where Debian keeps them. */
function findPostgres() {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian) : [];
  const initdb = onPath('initdb');
  const folders = [
    ...(initdb ? [path.dirname(initdb)] : []),
    ...versions.map((each) => path.join(debian, each, 'bin')),
  ];
  return folders.find((folder) =>
    ['initdb', 'postgres'].every((name) => existsSync(path.join(folder, name))),
  );
}

async function startPostgres(binaries) {
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-demo-postgres-'));
  const user = unprivileged();
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = path.join(folder, 'data');
  const options = { ...user, cwd: folder, env: { ...process.env, LC_ALL: 'C.UTF-8' } };
  const initdb = ['-D', data, '-U', 'postgres', '--auth=trust', '--no-sync', '-E', 'UTF8'];
  execFileSync(path.join(binaries, 'initdb'), initdb, { ...options, stdio: 'pipe' });
  const port = await freePort();
  const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'fsync=off'];
  const args = ['-D', data, '-p', String(port), ...settings.flatMap((each) => ['-c', each])];
  const server = spawn(path.join(binaries, 'postgres'), args, { ...options, stdio: 'ignore' });
  await listening(port);
  return {
    kind: 'Postgres of this machine',
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    stop: async () => {
      const ended = new Promise((done) => server.once('exit', done));
      server.kill('SIGINT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** initdb refuses root: then the server runs as nobody. */
function unprivileged() {
  if (process.getuid?.() !== 0) return {};
  const id = (option) => Number(execFileSync('id', [option, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function servePglite() {
  const { PGlite } = await import('@electric-sql/pglite');
  const { PGLiteSocketServer } = await import('@electric-sql/pglite-socket');
  const db = await PGlite.create();
  const port = await freePort();
  const server = new PGLiteSocketServer({ db, port, host: '127.0.0.1', maxConnections: 50 });
  await server.start();
  return {
    kind: 'PGlite over a socket',
    url: `postgres://postgres@127.0.0.1:${port}/postgres?sslmode=disable`,
    stop: async () => {
      await server.stop();
      await db.close();
    },
  };
}

function freePort() {
  return new Promise((done, fail) => {
    const server = createServer().once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

async function listening(port) {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const open = await new Promise((done) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => done(true)).once('error', () => done(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error('the demo’s Postgres did not start');
}
