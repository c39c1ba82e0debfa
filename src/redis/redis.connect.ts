import type { Settings } from '../config/index.js';
import { RedisClient } from './redis.client.js';
import { RedisConnections } from './redis.connections.js';
import { parseRedisUrl } from './redis.url.js';

/** A client that connects by itself, under the prefix and the deadline of the settings. */
export function connectRedis(settings: Settings, url: string): RedisClient {
  const { keyPrefix, redisCommandTimeoutMs } = settings;
  return new RedisClient(new RedisConnections(parseRedisUrl(url), keyPrefix, redisCommandTimeoutMs));
}
