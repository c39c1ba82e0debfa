import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/**
 * @typedef {import('../../harness/driver-round.mjs').DriverArm & RateLimitArm} Arm
 *
 * @typedef {object} RateLimitArm
 * @property {number} policies in one decision
 * @property {string} [against] the arm of Holdfast that it is compared with
 * @property {'redis' | 'memory'} answers where its decisions come from
 * @property {boolean} [far] measured with a distant Redis too
 * @property {boolean} [onlyProfiled] what it sends is counted, and nothing else
 */

const holdfast = (name, title, env, more) => ({
  ...{ kind: 'driver', name, title, env, program: at('apps/rate-limits/holdfast.mjs') },
  ...{ policies: Number(env.POLICIES ?? 1), answers: 'redis', alone: true, ...more },
});

const peer = (name, title, program, { env, ...more } = {}) => ({
  ...{ kind: 'driver', name, title, program: at(`apps/peers/limiters/${program}.mjs`) },
  ...{ policies: 1, answers: 'redis', alone: true, against: 'holdfast', ...more },
  env: { AUTO_PIPELINING: '1', ...env },
});

const single = { env: { AUTO_PIPELINING: '0' } };
const three = { policies: 3, against: 'holdfast-three', env: { POLICIES: '3', AUTO_PIPELINING: '0' } };
const memory = { answers: 'memory', inFlight: 1, alone: false };

const HOLDFAST = [
  holdfast('holdfast', 'RateLimitService.decide, one fixed window', {}, { far: true }),
  holdfast('holdfast-log', 'the same, a sliding window log', { ALGORITHM: 'sliding-window-log' }),
  holdfast('holdfast-counter', 'a sliding window counter', { ALGORITHM: 'sliding-window-counter' }),
  holdfast('holdfast-token', 'a token bucket', { ALGORITHM: 'token-bucket' }),
  holdfast('holdfast-leaky', 'a leaky bucket', { ALGORITHM: 'leaky-bucket' }),
];

const PEERS = [
  peer('nest-lab', '@nest-lab/throttler-storage-redis, increment', 'nest-lab', { ...single, far: true }),
  peer('rate-limiter-flexible', 'RateLimiterRedis, consume', 'rate-limiter-flexible', {
    ...single,
    far: true,
  }),
  peer('fastify-rate-limit', 'the Redis store of @fastify/rate-limit, incr', 'fastify-rate-limit'),
  peer('rate-limit-redis', 'the store of express-rate-limit, increment', 'rate-limit-redis'),
];

const THREE_POLICIES = [
  holdfast('holdfast-three', 'three fixed windows in one decision', { POLICIES: '3' }, { far: true }),
  peer('nest-lab-three', 'three increments, one after the other', 'nest-lab', { ...three, far: true }),
  peer('rate-limiter-flexible-three', 'RateLimiterUnion of three', 'rate-limiter-flexible', three),
];

const REFUSALS = [
  holdfast(
    'holdfast-refused',
    'a key over its limit, refused from memory',
    {},
    { ...memory, program: at('apps/rate-limits/holdfast-refused.mjs') },
  ),
  peer(
    'rate-limiter-flexible-refused',
    'the same by inMemoryBlockOnConsumed',
    'rate-limiter-flexible-refused',
    { ...memory, against: 'holdfast-refused' },
  ),
];

/** The peers on the connection that was slower for them: auto-pipelining the other way around. */
const OTHER_CONNECTIONS = [...PEERS, ...THREE_POLICIES.slice(1)].map(({ name, env, ...arm }) => ({
  ...arm,
  name: `${name}-other`,
  title: `${name} with auto-pipelining ${env.AUTO_PIPELINING === '1' ? 'off' : 'on'}`,
  env: { ...env, AUTO_PIPELINING: env.AUTO_PIPELINING === '1' ? '0' : '1' },
  optional: true,
}));

/** @type {Arm[]} */
export const ARMS = [
  ...HOLDFAST,
  ...PEERS,
  ...THREE_POLICIES,
  holdfast('holdfast-sixteen', 'sixteen policies: counted only', { POLICIES: '16' }, { onlyProfiled: true }),
  ...REFUSALS,
  ...OTHER_CONNECTIONS,
];

/** The driver of facts.mjs. */
export const FACTS = {
  kind: 'driver',
  name: 'holdfast-facts',
  program: at('apps/rate-limits/holdfast-facts.mjs'),
};
