import { fileURLToPath } from 'node:url';
import { ask, nextMessage, startProcess, stopProcess } from './processes.mjs';

const PROGRAM = fileURLToPath(new URL('./load-worker.mjs', import.meta.url));
const SLACK_MS = 30_000;

/**
 * @typedef {object} LoadResult latencies and requests are those of answers with 200
 * @property {number} requests
 * @property {number} perSecond
 * @property {number} p50Ms
 * @property {number} p99Ms
 * @property {number} maxMs
 * @property {number} failures other answers, errors and timeouts
 * @property {number} loadCpuShare near 1 means that the load generator itself was the limit
 *
 * @typedef {{ url: string, connections: number, durationMs: number, headers: Record<string, string>[] }} LoadJob
 *   connection i of the load sends headers[i % headers.length]
 */

/** Starts the load generator's process. A job without a single success rejects. */
export async function startLoad() {
  const child = startProcess(process.execPath, [PROGRAM], { ipc: true });
  await nextMessage(child, (message) => message.ready, 10_000);
  const run = async (job) => {
    const result = await ask(child, job, job.durationMs + SLACK_MS);
    if (result.requests === 0) throw new Error(`All ${result.failures} requests to ${job.url} failed.`);
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
