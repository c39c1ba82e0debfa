// What every library of locks is asked for: a lock that is free, again and again, and one for which many wait.
import { setTimeout as sleep } from 'node:timers/promises';
import { nowMs } from '../common/clock.mjs';
import { serveDriver } from '../common/driver.mjs';

export const TTL_MS = 10_000;

/** Nobody's wait ends before it is granted. */
export const PATIENCE_MS = 60_000;

const HELD_MS = 50;

/**
 * @typedef {object} Locks
 * @property {(name: string) => Promise<unknown>} acquire waits for as long as it takes, and gives what is held
 * @property {(held: unknown) => Promise<unknown>} release
 */

/**
 * Proves that two never hold one lock, then lets the harness acquire and release what is free, and wait for what is not.
 *
 * @param {Locks} locks
 */
export async function serveLocks(locks) {
  await assertExclusive(locks);
  const cycle = async (index) => {
    await locks.release(await locks.acquire(`free:${index}`));
    return true;
  };
  serveDriver(cycle, { jobs: contentionJobs(locks) });
}

async function assertExclusive(locks) {
  const first = await locks.acquire('proof');
  let isHeldTwice = false;
  const second = locks.acquire('proof').then((held) => {
    isHeldTwice = true;
    return held;
  });
  await sleep(HELD_MS);
  if (isHeldTwice) throw new Error('Two hold one lock.');
  await locks.release(first);
  await locks.release(await second);
}

function contentionJobs(locks) {
  let held;
  return {
    async hold({ name }) {
      held = await locks.acquire(name);
    },
    /** Gives when the release of what `hold` has taken was begun. */
    async letGo() {
      const releasedAt = nowMs();
      await locks.release(held);
      return { releasedAt };
    },
    /** So many callers hold the lock once each: gives when each had it, and when it began to release it. */
    async wait({ name, callers, holdMs }) {
      const caller = async () => {
        const lock = await locks.acquire(name);
        const grantedAt = nowMs();
        await sleep(holdMs);
        const releasedAt = nowMs();
        await locks.release(lock);
        return { grantedAt, releasedAt };
      };
      return { holds: await Promise.all(Array.from({ length: callers }, caller)) };
    },
  };
}
