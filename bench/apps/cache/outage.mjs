// Requests by the clock while Redis comes and goes.
import { nowMs } from '../common/clock.mjs';
import { keyOf, TTL_MS } from './content.mjs';
import { inFlight } from './in-flight.mjs';
import { paced } from './paced.mjs';
import { productOf } from './products.mjs';

/** One request of a key that nobody else asks for in the same turn. */
const KEYS = 256;
/** Those that expire again and again, so that their loads and leases are under way at any time. */
const COLD_KEYS = 16;
const COLD_TTL_MS = 100;

export function serveOutage(cache) {
  return {
    /**
     * Requests whose source answers at once: when each began, how long it took, and whether it was a hit.
     *
     * @param {{ durationMs: number, everyMs: number, coldEvery?: number }} job each so-manieth is of a key that expires soon
     * @returns {Promise<{ samples: [at: number, ms: number, isHit: boolean][] }>}
     */
    async requests({ durationMs, everyMs, coldEvery = Infinity }) {
      const policy = { ttlMs: TTL_MS };
      await inFlight(KEYS, (index) => cache.getOrSet(keyOf(index), async () => productOf(index), policy));
      const samples = [];
      const call = async (index) => {
        let isHit = true;
        const load = async () => {
          isHit = false;
          return productOf(index % KEYS);
        };
        const isCold = index % coldEvery === coldEvery - 1;
        const key = isCold ? `cold:${index % COLD_KEYS}` : keyOf(index % KEYS);
        const from = nowMs();
        const product = await cache.getOrSet(key, load, { ttlMs: isCold ? COLD_TTL_MS : TTL_MS });
        samples.push([from, nowMs() - from, isHit]);
        if (!product?.id) throw new Error('A request brought nothing.');
      };
      await paced(call, { startAt: nowMs(), durationMs, everyMs });
      return { samples };
    },
  };
}
