import { Global, Inject, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Settings } from '../config/index.js';
import { EmbeddedRedis } from './embedded/embedded-redis.js';
import { CacheRedisClient, RedisClient } from './redis.client.js';
import { connectRedis } from './redis.connect.js';
import { RedisConnections } from './redis.connections.js';
import { RedisKeyspace } from './redis.keyspace.js';
import { DurableRedis } from './redis.durable.js';
import { parseRedisUrl } from './redis.url.js';

/** How long the boot waits for Redis before it goes on without. */
const CONNECT_PATIENCE_MS = 1000;

async function connectState(settings: Settings, embedded: EmbeddedRedis): Promise<RedisClient> {
  return connectRedis(settings, settings.redisUrl ?? (await embedded.start()));
}

/** The cache's client is the shared one unless the cache has a Redis of its own. */
function connectCache(settings: Settings, shared: RedisClient): CacheRedisClient {
  if (!settings.cacheRedisUrl) return shared;
  const topology = parseRedisUrl(settings.cacheRedisUrl);
  return new CacheRedisClient(
    new RedisConnections(topology, settings.keyPrefix, settings.redisCommandTimeoutMs, 'cache'),
  );
}

/** Gives every feature the same Redis: one command connection a process, and the scripts and keys on it. */
@Global()
@Module({
  providers: [
    EmbeddedRedis,
    RedisKeyspace,
    DurableRedis,
    { provide: RedisClient, useFactory: connectState, inject: [Settings, EmbeddedRedis] },
    { provide: CacheRedisClient, useFactory: connectCache, inject: [Settings, RedisClient] },
  ],
  exports: [RedisClient, CacheRedisClient, DurableRedis, RedisKeyspace],
})
export class RedisModule implements OnApplicationShutdown, OnModuleInit {
  constructor(
    @Inject(RedisClient) private readonly client: RedisClient,
    @Inject(CacheRedisClient) private readonly cache: CacheRedisClient,
    private readonly embedded: EmbeddedRedis,
  ) {}

  /** So that the first request does not meet a connection that is still being made. */
  async onModuleInit(): Promise<void> {
    const connections = [this.client.connections, this.cache.connections];
    await Promise.all(connections.map((each) => each.readyWithin(CONNECT_PATIENCE_MS)));
  }

  /** After the HTTP server has closed: in-flight requests had Redis to their end. */
  async onApplicationShutdown(): Promise<void> {
    const connections = new Set([this.client.connections, this.cache.connections]);
    await Promise.all([...connections].map((each) => each.close()));
    await this.embedded.stop();
  }
}
