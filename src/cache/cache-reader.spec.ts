import { CacheReader } from './cache-reader.js';
import type { CacheStore } from './cache.store.js';
import type { CacheKeys } from './cache.keys.js';
import type { Found } from './found.js';
import type { LocalTier } from './local/local-tier.js';

const REQUEST = { mode: 'read', tags: [], lifeMs: 1000 } as const;

/** Counts its reads, which never say that they have left: as in a Cluster, when the answer comes in the same turn. */
function quietStore(): { reads: number; store: CacheStore } {
  const counted = { reads: 0, store: undefined as unknown as CacheStore };
  const read = () => Promise.resolve({ now: (counted.reads += 1) } as Found);
  counted.store = { read } as unknown as CacheStore;
  return counted;
}

describe('CacheReader', () => {
  it('shares a read with those who ask in the same turn, until it has its answer', async () => {
    const counted = quietStore();
    const keys = { id: (key: string) => key } as CacheKeys;
    const reader = new CacheReader(counted.store, {} as LocalTier, keys);
    const together = await Promise.all([reader.read('k', REQUEST), reader.read('k', REQUEST)]);
    expect(together.map((found) => found?.now)).toEqual([1, 1]);
    expect((await reader.read('k', REQUEST))?.now).toBe(2);
  });
});
