// The cache of Holdfast from dist/, in a process that answers no HTTP. TIER=redis: without the tier in the process.
import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { createApp } from '../../../dist/app.setup.js';
import { CacheModule, CacheService } from '../../../dist/cache/index.js';
import { readSettings } from '../../../dist/config/index.js';
import { HttpModule } from '../../../dist/http/index.js';
import { ObservabilityModule } from '../../../dist/observability/index.js';
import { RedisModule } from '../../../dist/redis/index.js';

const READY_TIMEOUT_MS = 10_000;

class BenchModule {}
Module({ imports: [HttpModule, RedisModule, ObservabilityModule, CacheModule] })(BenchModule);

/** @returns {Promise<import('./workload.mjs').Cache>} */
export async function startCache() {
  const { REDIS_URL, TIER } = process.env;
  const settings = readSettings({
    ...{ REDIS_URL, LOG_LEVEL: 'error', NODE_ENV: 'production' },
    ...(TIER === 'redis' ? { CACHE_LOCAL_ENTRIES: '0' } : {}),
  });
  const app = await createApp(settings, BenchModule);
  await app.init();
  const service = app.get(CacheService, { strict: false });
  await untilStored(service);
  return {
    getOrSet: (key, load, policy) => service.getOrSet(key, load, policy),
    get: (key) => service.get(key),
    set: (key, value, policy) => service.set(key, value, policy),
    remove: (key) => service.delete(key),
    removeTag: (tag) => service.invalidate({ tags: [tag] }),
  };
}

/** Redis is connected to by itself, some milliseconds after the start. */
async function untilStored(service) {
  for (const deadline = Date.now() + READY_TIMEOUT_MS; Date.now() < deadline; await sleep(10)) {
    const isStored = await service.set('ready', true, { ttlMs: 1000 }).then(
      () => true,
      () => false,
    );
    if (isStored) return;
  }
  throw new Error('Redis was not there in time.');
}
