// What every cache is asked: hits of a thousand products in turn. OPERATION says how, TAGS=1 that each bears eight tags.
import { isDeepStrictEqual } from 'node:util';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { serveDriver } from '../common/driver.mjs';
import { idOf, keyOf, KEYS, tagsOf, TTL_MS } from './content.mjs';
import { inFlight } from './in-flight.mjs';
import { productOf } from './products.mjs';

/** Hits in the process are too short to be timed alone; between batches other code of the process has its turn. */
const BATCH = 1024;
const BUNCH = 64;
/** A cache on a busy machine may give up a read. */
const MOST_LOADED_AGAIN = 10;
/** So that what is sent before a load can be told from what is sent after it. */
const LOAD_MS = 5;

const { OPERATION = 'redis', TAGS } = process.env;

const keys = Array.from({ length: KEYS }, (_, index) => keyOf(index));
const ids = Array.from({ length: KEYS }, (_, index) => idOf(index));
const policies = Array.from({ length: KEYS }, (_, index) =>
  TAGS === '1' ? { ttlMs: TTL_MS, tags: tagsOf(index) } : { ttlMs: TTL_MS },
);

/**
 * @typedef {{ ttlMs: number, graceMs?: number, tags?: string[] }} Policy
 *
 * @typedef {object} Cache one of the caches, through its own calls
 * @property {(key: string, load: () => Promise<unknown>, policy: Policy) => Promise<any>} getOrSet
 * @property {(key: string) => Promise<any>} get the fresh value, or undefined
 * @property {(key: string, value: unknown, policy: Policy) => Promise<unknown>} set
 * @property {(key: string) => Promise<unknown>} remove
 * @property {(tag: string) => Promise<unknown>} [removeTag]
 */

/** Loads that no call was counted as failed for yet. */
let loads = 0;
const loaders = keys.map((_, index) => async () => {
  loads += 1;
  return productOf(index);
});

/**
 * Proves that the cache keeps what it was given, then lets the harness drive it. A call that does not bring the right
 * product has failed, and one for each load that should have been a hit.
 *
 * @param {Cache} cache
 */
export async function serveCache(cache) {
  await fill(cache);
  const { operate, batch } = OPERATIONS[OPERATION](cache);
  serveDriver(operate, { batch });
}

async function fill(cache) {
  await inFlight(KEYS, (index) => cache.getOrSet(keys[index], loaders[index], policies[index]));
  if (loads !== KEYS) throw new Error(`${loads} loads filled ${KEYS} keys.`);
  loads = 0;
  await inFlight(KEYS, async (index) => {
    const kept = await cache.getOrSet(keys[index], loaders[index], policies[index]);
    if (!isDeepStrictEqual(kept, productOf(index))) throw new Error(`${keys[index]} was not kept.`);
  });
  if (loads > MOST_LOADED_AGAIN) throw new Error(`${loads} of ${KEYS} keys were not kept.`);
  loads = 0;
}

/** Counts one call as failed for each load. */
function wasHit() {
  if (loads === 0) return true;
  loads -= 1;
  return false;
}

let next = 0;

/** The next product. */
async function hit(cache) {
  const index = next++ % KEYS;
  const product = await cache.getOrSet(keys[index], loaders[index], policies[index]);
  return product.id === ids[index] && wasHit();
}

const OPERATIONS = {
  /** One after the other, from the process' own memory. */
  local: (cache) => ({
    batch: BATCH,
    operate: async () => {
      for (let call = 0; call < BATCH; call += 1) {
        const index = next++ % KEYS;
        const product = await cache.getOrSet(keys[index], loaders[index], policies[index]);
        if (product.id !== ids[index]) return false;
      }
      await turn();
      return wasHit();
    },
  }),
  /** The same, 64 at once. */
  bunch: (cache) => ({
    batch: BATCH,
    operate: async () => {
      for (let call = 0; call < BATCH; call += BUNCH) {
        const first = next;
        const products = await Promise.all(
          Array.from({ length: BUNCH }, () => {
            const index = next++ % KEYS;
            return cache.getOrSet(keys[index], loaders[index], policies[index]);
          }),
        );
        if (products.some(({ id }, place) => id !== ids[(first + place) % KEYS])) return false;
      }
      await turn();
      return wasHit();
    },
  }),
  redis: (cache) => ({ operate: () => hit(cache) }),
  /** A key that is not there: done when its load begins. What follows is the storing. */
  miss: (cache) => ({
    operate: () =>
      new Promise((resolve, reject) => {
        const index = next++;
        const load = async () => {
          resolve(true);
          await sleep(LOAD_MS);
          return productOf(index);
        };
        cache.getOrSet(`missing:${index}`, load, policies[index % KEYS]).catch(reject);
      }),
  }),
};
