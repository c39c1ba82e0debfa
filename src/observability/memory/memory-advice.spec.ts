import { adviseOn } from './memory-advice.js';
import { parseInfo, type RedisInfo } from './redis-memory.js';

const MB = 1024 * 1024;
const GOOD: RedisInfo = {
  usedBytes: 100 * MB,
  maxBytes: 1000 * MB,
  policy: 'noeviction',
  fragmentationRatio: 1.1,
  clients: 3,
  hits: 1,
  misses: 1,
  evictedKeys: 0,
  appendOnly: true,
  persistent: true,
};
const GOOD_CACHE: RedisInfo = { ...GOOD, policy: 'allkeys-lfu', appendOnly: false, persistent: false };

describe('advice on a Redis', () => {
  it('is none when all fits what it holds', () => {
    expect(adviseOn(GOOD, 'state')).toEqual([]);
    expect(adviseOn(GOOD, 'state and cache')).toEqual([]);
    expect(adviseOn(GOOD_CACHE, 'cache')).toEqual([]);
  });

  it.each<[Partial<RedisInfo>, RegExp]>([
    [{ policy: 'allkeys-lru' }, /maxmemory-policy is allkeys-lru: .* drops sessions/],
    [{ policy: 'volatile-ttl' }, /maxmemory-policy is volatile-ttl/],
    [{ maxBytes: 0 }, /maxmemory is not set/],
    [{ usedBytes: 900 * MB }, /90 % of maxmemory is used/],
    [{ appendOnly: false }, /append-only file is off/],
    [{ fragmentationRatio: 1.8 }, /Fragmentation is 1\.8: memory is wasted/],
    [{ fragmentationRatio: 0.7 }, /Fragmentation is 0\.7: Redis is being swapped out/],
  ])('names what endangers state: %j', (fault, advice) => {
    for (const role of ['state', 'state and cache'] as const) {
      expect(adviseOn({ ...GOOD, ...fault }, role)).toEqual([expect.stringMatching(advice)]);
    }
  });

  it('asks a cache to evict, and not to persist or to keep room', () => {
    expect(adviseOn({ ...GOOD_CACHE, policy: 'noeviction' }, 'cache')).toEqual([
      expect.stringMatching(/cannot store/),
    ]);
    expect(adviseOn({ ...GOOD_CACHE, usedBytes: 999 * MB }, 'cache')).toEqual([]);
  });

  it('does not read the ratio of a small Redis, nor a policy that it cannot know', () => {
    expect(adviseOn({ ...GOOD, usedBytes: MB, fragmentationRatio: 9 }, 'state')).toEqual([]);
    expect(adviseOn({ ...GOOD, policy: 'unknown' }, 'state')).toEqual([]);
  });
});

describe('INFO', () => {
  it('is read whatever its line ends, and what is missing is 0 or unknown', () => {
    const lines = [
      '# Memory',
      'used_memory:42',
      'maxmemory:0',
      'maxmemory_policy:allkeys-lru',
      'aof_enabled:1',
    ];
    for (const end of ['\r\n', '\n']) {
      expect(parseInfo(lines.join(end))).toMatchObject({
        usedBytes: 42,
        maxBytes: 0,
        policy: 'allkeys-lru',
        appendOnly: true,
        persistent: true,
        hits: 0,
      });
    }
    expect(parseInfo('')).toMatchObject({ policy: 'unknown', usedBytes: 0, appendOnly: false });
  });
});
