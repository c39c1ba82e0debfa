import { setTimeout as sleep } from 'node:timers/promises';
import { ask, nextMessage, startProcess, stopProcess } from './processes.mjs';

const BOOT_TIMEOUT_MS = 30_000;

/**
 * @typedef {object} HttpArm one contender of an HTTP scenario
 * @property {string} name short, for the table and for --arms
 * @property {string} title one line that says what it is
 * @property {string} program the compiled program; it reports its port over IPC (see apps/common/child.ts)
 * @property {Record<string, string>} [env]
 * @property {string[]} [nodeOptions]
 * @property {(baseUrl: string, index: number) => Promise<Record<string, string>>} login headers of one logged-in user
 * @property {string} path what is requested
 * @property {string} [readyPath] a probe that answers 200 once the arm may be used
 * @property {number} [refusedWithoutLogin] the status that the path must answer without these headers
 * @property {boolean} [usesRedis] false when the arm never talks to Redis
 * @property {boolean} [optional] true when it runs only if --arms names it
 */

/**
 * Starts one arm as a process of its own.
 *
 * @param {HttpArm} arm
 * @param {string} redisUrl
 */
export async function startHttpApp(arm, redisUrl) {
  const env = { REDIS_URL: redisUrl, NODE_ENV: 'production', ...arm.env };
  const child = startProcess(process.execPath, [...(arm.nodeOptions ?? []), arm.program], { ipc: true, env });
  try {
    const { port } = await nextMessage(child, (message) => message.ready, BOOT_TIMEOUT_MS);
    const url = `http://127.0.0.1:${port}`;
    if (arm.readyPath) await waitForOk(url + arm.readyPath);
    return {
      url,
      pid: child.pid,
      /** How often the source behind the cache was read. */
      sourceReads: async () => (await ask(child, { kind: 'source-reads' })).sourceReads,
      stop: () => stopProcess(child),
    };
  } catch (error) {
    await stopProcess(child);
    throw error;
  }
}

async function waitForOk(url) {
  for (const deadline = Date.now() + BOOT_TIMEOUT_MS; Date.now() < deadline; await sleep(20)) {
    const { status } = await fetch(url);
    if (status === 200) return;
  }
  throw new Error(`${url} did not answer 200 in time.`);
}

/** Logs users in, one after the other. */
export async function loginUsers(arm, baseUrl, count) {
  const headers = [];
  for (let index = 0; index < count; index += 1) headers.push(await arm.login(baseUrl, index));
  return headers;
}

/**
 * Makes sure that an arm does the work it is measured at: the right answer to a logged-in user (twice, so that the
 * second comes from the cache) and a refusal to anybody else.
 */
export async function verifyApp(arm, baseUrl, headers, expectedBody) {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const response = await fetch(baseUrl + arm.path, { headers });
    const body = await response.text();
    if (response.status !== 200 || JSON.stringify(JSON.parse(body)) !== JSON.stringify(expectedBody)) {
      throw new Error(`${arm.name} answered ${response.status} ${body.slice(0, 200)}`);
    }
  }
  if (arm.refusedWithoutLogin) {
    const { status } = await fetch(baseUrl + arm.path);
    if (status !== arm.refusedWithoutLogin) throw new Error(`${arm.name} answered ${status} to a stranger.`);
  }
}
