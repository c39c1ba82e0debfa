import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { outputOf, startProcess, stopProcess } from '../../harness/processes.mjs';
import { freePort } from '../../harness/redis-server.mjs';
import { removeFolder, temporaryFolder } from '../../harness/temporary-folder.mjs';

const START_TIMEOUT_MS = 15_000;
const DEBIAN_HOME = '/usr/lib/postgresql';

/** The folder of `initdb` and `postgres`: on PATH, or where Debian keeps it. Undefined when there is none. */
export function findPostgres() {
  const onPath = (process.env.PATH ?? '').split(delimiter);
  const versions = existsSync(DEBIAN_HOME)
    ? readdirSync(DEBIAN_HOME).sort((a, b) => Number(b) - Number(a))
    : [];
  const folders = [...onPath, ...versions.map((version) => join(DEBIAN_HOME, version, 'bin'))];
  return folders.find((folder) =>
    ['initdb', 'postgres'].every((program) => existsSync(join(folder, program))),
  );
}

/** Postgres refuses to run as root, so root lends it the user `postgres` or `nobody`. */
function ownUser() {
  if (process.getuid() !== 0) return {};
  for (const user of ['postgres', 'nobody']) {
    try {
      const id = (flag) => Number(execFileSync('id', [flag, user], { encoding: 'utf8', stdio: 'pipe' }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // Try the next one.
    }
  }
  throw new Error('Postgres does not run as root, and there is no user `postgres` or `nobody` to run it as.');
}

/**
 * Starts a Postgres of its own, with its default settings, in a temporary folder and on a free port of loopback.
 *
 * @param {string} programs the folder of `initdb` and `postgres`
 */
export async function startPostgres(programs) {
  const user = ownUser();
  const dir = temporaryFolder('postgres');
  chmodSync(dir, 0o700);
  if (user.uid !== undefined) chownSync(dir, user.uid, user.gid);
  const data = join(dir, 'data');
  const port = await freePort();
  const initialize = ['-D', data, '-U', 'bench', '-A', 'trust', '-E', 'UTF8', '--locale=C'];
  execFileSync(join(programs, 'initdb'), initialize, { ...user, cwd: dir, stdio: 'pipe' });
  const listen = [
    '-D',
    data,
    '-p',
    String(port),
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    `unix_socket_directories=${dir}`,
  ];
  const child = startProcess(join(programs, 'postgres'), listen, { ...user, cwd: dir });
  const stop = async () => {
    await stopProcess(child);
    removeFolder(dir);
  };
  const url = (database) => `postgres://bench@127.0.0.1:${port}/${database}`;
  try {
    await waitUntilReady(url('postgres'), child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, createDatabase: (name) => query(url('postgres'), `CREATE DATABASE ${name}`), stop };
}

async function query(url, text) {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    await client.query(text);
  } finally {
    await client.end().catch(() => {});
  }
}

async function waitUntilReady(url, child) {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    try {
      return await query(url, 'SELECT 1');
    } catch {
      await sleep(50);
    }
  }
  throw new Error(`Postgres did not start:\n${outputOf(child)}`);
}
