import type { RedisInfo } from './redis-memory.js';

/** What a Redis is trusted with: state must survive, a cache must evict. */
export type RedisRole = 'state' | 'cache' | 'state and cache';

/** Below this much memory the ratio says nothing: the allocator's own start-up pages dominate. */
const FRAGMENTATION_MATTERS_BYTES = 64 * 1024 * 1024;

/** What is wrong with a Redis for what it holds, in plain words; empty when all is well. */
export function adviseOn(info: RedisInfo, role: RedisRole): string[] {
  const advice: string[] = [];
  const holdsState = role !== 'cache';
  if (holdsState && !info.policy.startsWith('noeviction') && info.policy !== 'unknown') {
    advice.push(
      `maxmemory-policy is ${info.policy}: when memory is full, Redis drops sessions and counters. Set noeviction, and give the cache a Redis of its own (CACHE_REDIS_URL).`,
    );
  }
  if (role === 'cache' && info.policy === 'noeviction') {
    advice.push(
      'maxmemory-policy is noeviction: when memory is full, the cache cannot store. Set allkeys-lfu or allkeys-lru.',
    );
  }
  if (info.maxBytes === 0) {
    advice.push(
      'maxmemory is not set: Redis grows until the machine kills it. Set it to 60 to 70 % of the memory it may use.',
    );
  } else if (info.usedBytes > 0.8 * info.maxBytes && holdsState) {
    advice.push(
      `${Math.round((100 * info.usedBytes) / info.maxBytes)} % of maxmemory is used: soon writes are refused.`,
    );
  }
  if (holdsState && !info.appendOnly) {
    advice.push(
      'The append-only file is off: a restart of Redis loses sessions and counters. Set appendonly yes.',
    );
  }
  if (info.usedBytes > FRAGMENTATION_MATTERS_BYTES)
    advice.push(...adviseOnFragmentation(info.fragmentationRatio));
  return advice;
}

function adviseOnFragmentation(ratio: number): string[] {
  if (ratio > 1.5) return [`Fragmentation is ${ratio}: memory is wasted. Set activedefrag yes.`];
  if (ratio > 0 && ratio < 1)
    return [`Fragmentation is ${ratio}: Redis is being swapped out. Give the machine more memory.`];
  return [];
}
