// Many entries under one tag, and entries of many sizes.
import { nowMs } from '../common/clock.mjs';
import { keyOf, sizedKey, sizedValue, TTL_MS } from './content.mjs';
import { inFlight } from './in-flight.mjs';
import { productOf } from './products.mjs';

const TAG = 'everything';

export function serveEntries(cache) {
  const hits = async (count) => {
    let found = 0;
    await inFlight(count, async (index) => {
      if ((await cache.get(keyOf(index))) !== undefined) found += 1;
    });
    return found;
  };
  return {
    /** Products that all bear one tag; gives how many of them are there. */
    async fill({ count }) {
      await inFlight(count, (index) =>
        cache.set(keyOf(index), productOf(index), { ttlMs: TTL_MS, tags: [TAG] }),
      );
      return { hits: await hits(count) };
    },
    /** The tag is known to the process that invalidates it, as it has filled the entries. */
    async removeTag() {
      const from = nowMs();
      await cache.removeTag(TAG);
      return { ms: nowMs() - from };
    },
    async hits({ count }) {
      return { hits: await hits(count) };
    },
    /** Values whose JSON has these lengths, without tags or with. */
    async sized({ sizes, tags }) {
      for (const size of sizes) await cache.set(sizedKey(size), sizedValue(size), { ttlMs: TTL_MS, tags });
    },
  };
}
