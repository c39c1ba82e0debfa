// redlock-universal on one server: it asks again every 100 ms, its default, until its attempts are used up.
import { createLock, IoredisAdapter } from 'redlock-universal';
import { PATIENCE_MS, TTL_MS } from '../../locks/workload.mjs';

const RETRY_MS = 100;

/** @returns {import('../../locks/workload.mjs').Locks} */
export function locksOn(client) {
  const adapter = new IoredisAdapter(client);
  const lockOf = (key) =>
    createLock({
      adapter,
      key,
      ttl: TTL_MS,
      retryAttempts: PATIENCE_MS / RETRY_MS,
      retryDelay: RETRY_MS,
    });
  return {
    acquire: async (name) => {
      const lock = lockOf(name);
      return { lock, handle: await lock.acquire() };
    },
    release: ({ lock, handle }) => lock.release(handle),
  };
}
