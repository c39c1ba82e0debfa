// Requests by the clock while Redis comes and goes.
import { keyOf, nowMs, TTL_MS } from './content.mjs';
import { paced } from './paced.mjs';
import { productOf } from './products.mjs';

/** One request of a key that nobody else asks for in the same turn. */
const KEYS = 256;

export function serveOutage(cache) {
  return {
    /**
     * Requests whose source answers at once: when each began, how long it took, and whether it was a hit.
     *
     * @returns {Promise<{ samples: [at: number, ms: number, isHit: boolean][] }>}
     */
    async requests({ durationMs, everyMs }) {
      const samples = [];
      const call = async (index) => {
        let isHit = true;
        const load = async () => {
          isHit = false;
          return productOf(index % KEYS);
        };
        const from = nowMs();
        const product = await cache.getOrSet(keyOf(index % KEYS), load, { ttlMs: TTL_MS });
        samples.push([from, nowMs() - from, isHit]);
        if (!product?.id) throw new Error('A request brought nothing.');
      };
      await paced(call, { startAt: nowMs(), durationMs, everyMs });
      return { samples };
    },
  };
}
