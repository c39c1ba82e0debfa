import type { Redis } from 'ioredis';

/**
 * Every key that would stay for ever.
 *
 * @param known keys that may.
 */
export async function keysForEver(redis: Redis, known: readonly RegExp[]): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of redis.scanStream({ count: 1000 })) keys.push(...(page as string[]));
  const ttls = await Promise.all(keys.map((key) => redis.pttl(key)));
  return keys.filter((key, index) => ttls[index] === -1 && !known.some((each) => each.test(key))).sort();
}
