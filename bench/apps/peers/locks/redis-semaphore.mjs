// redis-semaphore as its README sets it up: it asks again every 10 ms, and extends at 0.8 of the timeout.
import { Mutex } from 'redis-semaphore';
import { PATIENCE_MS, TTL_MS } from '../../locks/workload.mjs';

/** @returns {import('../../locks/workload.mjs').Locks} */
export const locksOn = (client) => ({
  acquire: async (name) => {
    const mutex = new Mutex(client, name, { lockTimeout: TTL_MS, acquireTimeout: PATIENCE_MS });
    await mutex.acquire();
    return mutex;
  },
  release: (mutex) => mutex.release(),
});
