import { nowMs } from '../apps/common/clock.mjs';
import { startDriver } from './driver-round.mjs';
import { withStand } from './stand.mjs';

/** All processes of a fleet begin so long after they are told to, at the same moment. */
const START_AFTER_MS = 100;

/**
 * Runs `use` with several processes of one arm on a fresh Redis.
 *
 * @param {(fleet: { redis, members: object[], all: (kind: string, job: object) => Promise<object[]> }) => Promise<T>} use
 *   `all` has every member do a job, from the same moment on
 * @template T
 */
export async function withFleet(arm, size, use) {
  return await withStand(
    {},
    (redisUrl) => startMembers(arm, size, redisUrl),
    async ({ redis, subject: { members } }) => {
      const all = (kind, job) => {
        const startAt = nowMs() + START_AFTER_MS;
        return Promise.all(members.map((member) => member.job(kind, { startAt, ...job })));
      };
      return await use({ redis, members, all });
    },
  );
}

async function startMembers(arm, size, redisUrl) {
  const started = await Promise.allSettled(Array.from({ length: size }, () => startDriver(arm, redisUrl)));
  const members = started.filter(({ status }) => status === 'fulfilled').map(({ value }) => value);
  const stop = async () => {
    await Promise.all(members.map((member) => member.stop()));
  };
  const failed = started.find(({ status }) => status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  return { members, stop };
}
