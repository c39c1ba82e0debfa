import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/**
 * @typedef {import('../../harness/driver-round.mjs').DriverArm & CacheArm} Arm
 *
 * @typedef {object} CacheArm
 * @property {'process' | 'redis'} hits where its hits come from
 * @property {string} [against] the arm of Holdfast that it is compared with
 * @property {boolean} [onlyProfiled] what it sends is counted, and nothing is timed
 */

const PROGRAMS = {
  holdfast: { program: at('apps/cache/holdfast.mjs'), env: {} },
  bentocache: {
    program: at('apps/peers/caches/driver.mjs'),
    env: { CACHE: 'bentocache', AUTO_PIPELINING: '1' },
  },
  'cache-manager': { program: at('apps/peers/caches/driver.mjs'), env: { CACHE: 'cache-manager' } },
};

const arm = (cache, kind, title, { env, ...more }) => ({
  ...{ kind: 'driver', name: kind ? `${cache}-${kind}` : cache, title, program: PROGRAMS[cache].program },
  ...(cache === 'holdfast' ? {} : { against: kind ? `holdfast-${kind}` : 'holdfast' }),
  ...more,
  env: { ...PROGRAMS[cache].env, ...env },
});

/** One arm of each cache that can do it. */
const each = (kind, title, more, caches = ['holdfast', 'bentocache', 'cache-manager']) =>
  caches.map((cache) => arm(cache, kind, `${title}, ${cache}`, more));

const inProcess = { hits: 'process', inFlight: 1 };
const inRedis = { hits: 'redis', alone: true };
/** After the load, which takes some milliseconds, its value is stored. */
const profiled = { hits: 'redis', onlyProfiled: true, settledMs: 20 };
const WITH_TAGS = ['holdfast', 'bentocache'];

const OPTIONAL = [
  arm('bentocache', 'redis-other', 'hits in Redis without auto-pipelining', {
    ...inRedis,
    env: { OPERATION: 'redis', TIER: 'redis', AUTO_PIPELINING: '0' },
  }),
  arm('bentocache', 'redis-tags-other', 'the same with eight tags', {
    ...inRedis,
    env: { OPERATION: 'redis', TIER: 'redis', TAGS: '1', AUTO_PIPELINING: '0' },
  }),
  arm('cache-manager', 'redis-keyv', "hits in Redis with Keyv's own serializer", {
    ...inRedis,
    env: { OPERATION: 'redis', TIER: 'redis', SERIALIZER: 'keyv' },
  }),
].map((each) => ({ ...each, against: each.against.replace(/-(?:other|keyv)$/, ''), optional: true }));

/** @type {Arm[]} */
export const ARMS = [
  ...each('local', 'hits in the process, one after the other', { ...inProcess, env: { OPERATION: 'local' } }),
  arm('cache-manager', 'local-map', "the same in Keyv's own Map, which has no bound", {
    ...inProcess,
    against: 'holdfast-local',
    env: { OPERATION: 'local', MEMORY: 'map' },
  }),
  ...each('bunch', 'hits in the process, 64 at once', { ...inProcess, env: { OPERATION: 'bunch' } }),
  ...each('redis', 'hits in Redis, no tier in the process', {
    ...inRedis,
    env: { OPERATION: 'redis', TIER: 'redis' },
  }),
  ...each(
    'redis-tags',
    'the same with eight tags',
    { ...inRedis, env: { OPERATION: 'redis', TIER: 'redis', TAGS: '1' } },
    WITH_TAGS,
  ),
  ...each('miss', 'a miss until its load begins: counted only', {
    ...profiled,
    env: { OPERATION: 'miss', TIER: 'redis' },
  }),
  ...each(
    'miss-tags',
    'the same with eight tags: counted only',
    { ...profiled, env: { OPERATION: 'miss', TIER: 'redis', TAGS: '1' } },
    WITH_TAGS,
  ),
  ...OPTIONAL,
];

const facts = (name, program, env) => ({ kind: 'driver', name, program: at(program), env });

/** The drivers of what is measured apart from the rounds. */
export const FACTS = {
  holdfast: facts('holdfast', 'apps/cache/holdfast-facts.mjs', {}),
  // Its memory without serializing cannot be used where entries come from another process; see the adapter.
  bentocache: facts('bentocache', 'apps/peers/caches/facts.mjs', {
    ...PROGRAMS.bentocache.env,
    SERIALIZE: '1',
  }),
  'cache-manager': facts('cache-manager', 'apps/peers/caches/facts.mjs', PROGRAMS['cache-manager'].env),
};
