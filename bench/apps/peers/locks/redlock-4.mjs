// redlock 4 on one server, with its defaults: it asks again after 200 ms, give or take 100. -1: for ever.
import Redlock from 'redlock-4';
import { TTL_MS } from '../../locks/workload.mjs';

/** @returns {import('../../locks/workload.mjs').Locks} */
export function locksOn(client) {
  const redlock = new Redlock([client], { retryCount: -1 });
  return {
    acquire: (name) => redlock.lock(name, TTL_MS),
    release: (lock) => lock.unlock(),
  };
}
