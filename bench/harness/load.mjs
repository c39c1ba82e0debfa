import { fileURLToPath } from 'node:url';
import { ask, nextMessage, startProcess, stopProcess } from './processes.mjs';

const PROGRAM = fileURLToPath(new URL('./load-worker.mjs', import.meta.url));
const SLACK_MS = 30_000;

/**
 * @typedef {{ requests: number, perSecond: number, p50Ms: number, p99Ms: number, maxMs: number, failures: number,
 *   loadCpuShare: number }} LoadResult loadCpuShare near 1 means that the load generator itself was the limit
 * @typedef {{ url: string, connections: number, durationMs: number, headers: Record<string, string>[] }} LoadJob
 *   connection i of the load sends headers[i % headers.length]
 */

/** Starts the load generator's process. A job with failed requests rejects. */
export async function startLoad() {
  const child = startProcess(process.execPath, [PROGRAM], { ipc: true });
  await nextMessage(child, (message) => message.ready, 10_000);
  const run = async (job) => {
    const result = await ask(child, job, job.durationMs + SLACK_MS);
    if (result.failures > 0 || result.requests === 0) {
      throw new Error(`${result.failures} requests to ${job.url} failed, ${result.requests} succeeded.`);
    }
    return result;
  };
  return {
    /** @param {LoadJob} job @returns {Promise<LoadResult>} as fast as the connections go */
    closed: (job) => run({ kind: 'closed', ...job }),
    /** @param {LoadJob & { rate: number }} job @returns {Promise<LoadResult>} at a fixed rate */
    paced: (job) => run({ kind: 'paced', ...job }),
    stop: () => stopProcess(child),
  };
}
