// redlock 5 beta on one server, with its defaults: it asks again after 200 ms, give or take 100. -1: for ever.
import redlock from 'redlock-5';
import { TTL_MS } from '../../locks/workload.mjs';

const Redlock = redlock.default ?? redlock;

/** @returns {import('../../locks/workload.mjs').Locks} */
export function locksOn(client) {
  const locks = new Redlock([client], { retryCount: -1 });
  return {
    acquire: (name) => locks.acquire([name], TTL_MS),
    release: (lock) => lock.release(),
  };
}
