import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { outputOf, startProcess, stopProcess } from './processes.mjs';
import { removeFolder, temporaryFolder } from './temporary-folder.mjs';

const START_TIMEOUT_MS = 10_000;

/** The server under every arm: `redis-server` of PATH, or the program that REDIS_SERVER_BIN names. */
export const REDIS_PROGRAM = process.env.REDIS_SERVER_BIN ?? 'redis-server';

/** A TCP port on loopback that was free a moment ago. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/**
 * Starts an empty redis-server on a free port of loopback, without persistence.
 *
 * @param {string[]} [settings] further arguments of redis-server
 * @param {number} [onPort] one that was used before, for a server that comes back
 */
export async function startRedis(settings = [], onPort = undefined) {
  const port = onPort ?? (await freePort());
  const dir = temporaryFolder('redis');
  const bind = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir];
  const child = startProcess(REDIS_PROGRAM, [...bind, '--save', '', '--appendonly', 'no', ...settings]);
  const client = new Redis({ port, host: '127.0.0.1', lazyConnect: true, retryStrategy: () => 20 });
  client.on('error', () => {});
  const stop = async () => {
    client.disconnect();
    await stopProcess(child);
    removeFolder(dir);
  };
  try {
    await waitForOwnServer(client, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, url: `redis://127.0.0.1:${port}`, pid: child.pid, client, stop };
}

/** Resolves once the client talks to the very process that was started, and to no other that took its port. */
async function waitForOwnServer(client, child) {
  const deadline = Date.now() + START_TIMEOUT_MS;
  client.connect().catch(() => {});
  while (Date.now() < deadline && child.exitCode === null) {
    if (client.status === 'ready') {
      const info = await client.info('server');
      if (info.includes(`process_id:${child.pid}\r`)) return;
      throw new Error('Another Redis took the port.');
    }
    await sleep(10);
  }
  throw new Error(`redis-server did not start:\n${outputOf(child)}`);
}
