import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/**
 * @typedef {object} LocksArm besides what every driver arm has
 * @property {string[]} [sends] the commands that its client sends, for arms whose waiters are measured; what Redis counts beside
 *   them was called in scripts
 * @property {boolean} [far] measured with Redis further away as well
 * @property {number} [asksEveryMs] at the longest, while it waits; 10 where it is told
 */

const peer = (name, title, more) => ({
  ...{ kind: 'driver', name, title, program: at('apps/peers/locks/driver.mjs'), alone: true },
  ...more,
});

/** @type {(import('../../harness/driver-round.mjs').DriverArm & LocksArm)[]} */
export const ARMS = [
  {
    kind: 'driver',
    name: 'holdfast',
    title: 'LocksService, in process',
    program: at('apps/locks/holdfast.mjs'),
    alone: true,
    sends: ['evalsha', 'eval', 'ping'],
    asksEveryMs: 10,
    far: true,
  },
  peer('redis-semaphore', 'Mutex of redis-semaphore 5.8', {
    env: { LOCKS: 'redis-semaphore' },
    sends: ['set', 'evalsha', 'eval'],
    asksEveryMs: 10,
    far: true,
  }),
  peer('redis-semaphore-pipelined', 'the same on an ioredis with enableAutoPipelining', {
    env: { LOCKS: 'redis-semaphore', AUTO_PIPELINING: '1' },
    far: true,
  }),
  peer('redlock-4', 'redlock 4.2', {
    env: { LOCKS: 'redlock-4' },
    sends: ['evalsha', 'eval'],
    asksEveryMs: 300,
  }),
  peer('redlock-5', 'redlock 5.0 beta 2', {
    env: { LOCKS: 'redlock-5' },
    sends: ['evalsha', 'eval'],
    asksEveryMs: 300,
  }),
  peer('redlock-universal', 'redlock-universal 0.8', {
    env: { LOCKS: 'redlock-universal' },
    sends: ['set', 'evalsha', 'eval'],
    asksEveryMs: 100,
  }),
];
