// cache-manager as its README sets up two layers: memory before Redis. TIER=redis: Redis alone. MEMORY=map: Keyv's own Map.
import { createCache } from 'cache-manager';
import { createKeyv as createMemory } from 'cacheable';
import { createKeyv as createRedis } from '@keyv/redis';
import { Keyv } from 'keyv';

const MAX_ITEMS = 10_000;

function memory() {
  if (process.env.MEMORY !== 'map') return createMemory({ lruSize: MAX_ITEMS, useClone: false });
  const keyv = new Keyv();
  keyv.serialize = undefined;
  keyv.deserialize = undefined;
  return keyv;
}

function redis() {
  const keyv = createRedis(process.env.REDIS_URL, { namespace: 'app' });
  if (process.env.SERIALIZER !== 'keyv') {
    keyv.serialize = JSON.stringify;
    keyv.deserialize = JSON.parse;
  }
  return keyv;
}

/** @returns {Promise<import('../../cache/workload.mjs').Cache>} */
export async function startCache() {
  const stores = process.env.TIER === 'redis' ? [redis()] : [memory(), redis()];
  const cache = createCache({ stores });
  return {
    getOrSet: (key, load, { ttlMs }) => cache.wrap(key, load, ttlMs),
    get: (key) => cache.get(key),
    set: (key, value, { ttlMs }) => cache.set(key, value, ttlMs),
    remove: (key) => cache.del(key),
  };
}
