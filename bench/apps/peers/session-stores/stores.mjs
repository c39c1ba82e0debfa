// The peers' stores, as their READMEs set them up.
import { RedisStore } from 'connect-redis';
import { RedisStore as RedisStoreForIoredis } from 'connect-redis-8';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { IDLE_MS } from '../../sessions/content.mjs';

const options = { prefix: 'app:sess:', ttl: IDLE_MS / 1000 };

/** connect-redis on node-redis, for express-session. */
export async function connectRedisStore() {
  const client = createClient({ url: process.env.REDIS_URL });
  await client.connect();
  return new RedisStore({ ...options, client });
}

/** The last connect-redis that takes an ioredis client, for @fastify/session. */
export function ioredisStore() {
  const client = new Redis(process.env.REDIS_URL, { enableAutoPipelining: true, maxRetriesPerRequest: 1 });
  return new RedisStoreForIoredis({ ...options, client });
}
