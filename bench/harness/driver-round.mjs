import { measureClosed } from './closed-measure.mjs';
import { PROFILED_LINK, profileLink } from './link-profile.mjs';
import { ask, nextMessage, startProcess, stopProcess } from './processes.mjs';
import { memoryByKeyShape } from './redis-stats.mjs';
import { withStand } from './stand.mjs';

const SLACK_MS = 30_000;

/**
 * @typedef {object} DriverArm an arm without HTTP: its process drives Redis itself (see apps/common/driver.mjs)
 * @property {'driver'} kind
 * @property {string} name
 * @property {string} title
 * @property {string} program
 * @property {Record<string, string>} [env]
 * @property {string[]} [nodeOptions]
 * @property {number} [inFlight] where it is another number than --connections says
 * @property {boolean} [alone] measured with one operation in flight as well
 * @property {number} [settledMs] in its link profile; see profileLink
 * @property {boolean} [optional]
 */

/** One round of one driver arm: warm up, then as many operations as `connections` in flight can carry. */
export async function measureDriverRound(arm, options, delayMs) {
  return await withStand(
    { delayMs },
    (redisUrl) => startDriver(arm, redisUrl),
    async (stand) => {
      const { subject, redis, proxy } = stand;
      const { inFlight = options.connections } = arm;
      await subject.loop({ inFlight, durationMs: options.warmUpMs });
      await proxy?.forget();
      const { durationMs } = options;
      const closed = await measureClosed(stand, () => subject.loop({ inFlight, durationMs }));
      const round = {
        closed,
        lateness: await proxy?.lateness(),
        memory: await memoryByKeyShape(redis.client),
      };
      if (!arm.alone) return round;
      return { ...round, alone: await subject.loop({ inFlight: 1, durationMs: durationMs / 3 }) };
    },
  );
}

/** What one operation costs on the way to Redis; see profileLink. */
export async function profileDriverArm(arm) {
  return await withStand(
    PROFILED_LINK,
    (redisUrl) => startDriver(arm, redisUrl),
    async (stand) => {
      const operate = async () => {
        const { value } = await stand.subject.once();
        if (!value) throw new Error(`An operation of ${arm.name} failed.`);
      };
      return await profileLink(stand, operate, arm.settledMs);
    },
  );
}

/**
 * Starts the process of a driver.
 *
 * @param {DriverArm} arm
 * @param {string} redisUrl
 */
export async function startDriver(arm, redisUrl) {
  const child = startProcess(process.execPath, [...(arm.nodeOptions ?? []), arm.program], {
    ipc: true,
    env: { REDIS_URL: redisUrl, NODE_ENV: 'production', ...arm.env },
  });
  try {
    await nextMessage(child, (message) => message.ready, SLACK_MS);
    return {
      pid: child.pid,
      once: () => ask(child, { kind: 'once' }),
      loop: (job) => ask(child, { kind: 'loop', ...job }, job.durationMs + SLACK_MS),
      /** Any other job of a driver that serves its own (see serveJobs). */
      job: (kind, job = {}) => ask(child, { kind, ...job }, (job.durationMs ?? 0) + SLACK_MS),
      stop: () => stopProcess(child),
    };
  } catch (error) {
    await stopProcess(child);
    throw error;
  }
}
