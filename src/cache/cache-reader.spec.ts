import { CacheReader } from './cache-reader.js';

import type { CacheKeys } from './cache.keys.js';
import type { Found } from './found.js';
import type { LocalTier } from './local/local-tier.js';
import type { BoundedReads } from './outage/bounded-reads.js';

const REQUEST = { mode: 'read', tags: [], lifeMs: 1000 } as const;

/** Counts its reads, which never say that they have left: as in a Cluster, when the answer comes in the same turn. */
function quietReads(): { reads: number; bounded: BoundedReads } {
  const counted = { reads: 0, bounded: undefined as unknown as BoundedReads };
  const read = () => Promise.resolve({ now: (counted.reads += 1) } as Found);
  counted.bounded = { read } as unknown as BoundedReads;
  return counted;
}

describe('CacheReader', () => {
  it('shares a read with those who ask in the same turn, until it has its answer', async () => {
    const counted = quietReads();
    const keys = { id: (key: string) => key } as CacheKeys;
    const reader = new CacheReader(counted.bounded, {} as LocalTier, keys);
    const together = await Promise.all([reader.read('k', REQUEST), reader.read('k', REQUEST)]);
    expect(together.map((found) => found?.now)).toEqual([1, 1]);
    expect((await reader.read('k', REQUEST))?.now).toBe(2);
  });
});
