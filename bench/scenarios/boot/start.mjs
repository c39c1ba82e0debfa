import { existsSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { residentBytes } from '../../harness/machine.mjs';
import { outputOf, startProcess, stopProcess } from '../../harness/processes.mjs';
import { freePort } from '../../harness/redis-server.mjs';
import { removeFolder, temporaryFolder } from '../../harness/temporary-folder.mjs';

const PROGRAM = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 10;
const IDLE_MS = 5000;

export const isBuilt = () => existsSync(PROGRAM);

/** A temporary folder, removed after `use`. */
export async function withDataDir(use) {
  const dir = temporaryFolder('data');
  try {
    return await use(dir);
  } finally {
    removeFolder(dir);
  }
}

/**
 * Starts the built server, waits until /health/ready answers 200, leaves it idle for 5 seconds, and stops it.
 *
 * @param {Record<string, string>} env
 * @returns {Promise<{ readyMs: number, rssMb: number }>} from the start of the process to ready, and its resident memory
 */
export async function measureStart(env) {
  const port = await freePort();
  const from = performance.now();
  const child = startProcess(process.execPath, [PROGRAM], {
    env: {
      REDIS_URL: '',
      CACHE_REDIS_URL: '',
      DATABASE_URL: '',
      NODE_ENV: 'production',
      ...env,
      PORT: String(port),
    },
  });
  try {
    await waitForReady(`http://127.0.0.1:${port}/health/ready`, child);
    const readyMs = performance.now() - from;
    await sleep(IDLE_MS);
    return { readyMs, rssMb: residentBytes(child.pid) / 2 ** 20 };
  } finally {
    await stopProcess(child, 10_000);
  }
}

async function waitForReady(url, child) {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    const response = await fetch(url).catch(() => undefined);
    await response?.arrayBuffer();
    if (response?.status === 200) return;
    await sleep(POLL_MS);
  }
  throw new Error(`The server did not get ready:\n${outputOf(child)}`);
}
