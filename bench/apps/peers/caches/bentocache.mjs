// bentocache as its documentation sets it up: memory before Redis, and a bus. TIER=redis: Redis alone. SERIALIZE=1: what is
// kept in memory is text, as it comes. Without that 1.6.1 throws when it reads from memory what it has put there from Redis.
import { once } from 'node:events';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis';
import { connect } from './connection.mjs';

const MAX_ITEMS = 10_000;

function storeOn(connection) {
  const l2 = redisDriver({ connection });
  if (process.env.TIER === 'redis') return bentostore().useL2Layer(l2);
  const { hostname: host, port } = new URL(process.env.REDIS_URL);
  return bentostore()
    .useL1Layer(memoryDriver({ maxItems: MAX_ITEMS, serialize: process.env.SERIALIZE === '1' }))
    .useL2Layer(l2)
    .useBus(redisBusDriver({ connection: { host, port: Number(port) } }));
}

/** @returns {Promise<import('../../cache/workload.mjs').Cache>} */
export async function startCache() {
  const connection = connect();
  await once(connection, 'ready');
  const cache = new BentoCache({ default: 'bench', stores: { bench: storeOn(connection) } });
  return {
    getOrSet: (key, factory, { ttlMs, graceMs, tags }) =>
      graceMs === undefined
        ? cache.getOrSet({ key, factory, ttl: ttlMs, tags })
        : cache.getOrSet({ key, factory, ttl: ttlMs, grace: ttlMs + graceMs, tags }),
    get: (key) => cache.get({ key }),
    set: (key, value, { ttlMs, tags }) => cache.set({ key, value, ttl: ttlMs, tags }),
    remove: (key) => cache.delete({ key }),
    removeTag: (tag) => cache.deleteByTag({ tags: [tag] }),
  };
}
