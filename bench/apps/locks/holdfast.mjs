// LocksService of Holdfast from dist/, as a team's module gets it injected, in a process that answers no HTTP.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { createApp } from '../../../dist/app.setup.js';
import { readSettings } from '../../../dist/config/index.js';
import { HttpModule } from '../../../dist/http/index.js';
import { LocksModule, LocksService } from '../../../dist/locks/index.js';
import { ObservabilityModule } from '../../../dist/observability/index.js';
import { RedisModule } from '../../../dist/redis/index.js';
import { PATIENCE_MS, serveLocks, TTL_MS } from './workload.mjs';

class LocksOnlyModule {}
Module({ imports: [HttpModule, RedisModule, ObservabilityModule, LocksModule] })(LocksOnlyModule);

const settings = readSettings({
  REDIS_URL: process.env.REDIS_URL,
  LOG_LEVEL: 'error',
  // The peers wait for as long as it takes; five processes that start on two cores take more than 250 ms.
  REDIS_COMMAND_TIMEOUT_MS: '5000',
});
const app = await createApp(settings, LocksOnlyModule);
await app.init();
const locks = app.get(LocksService, { strict: false });

await serveLocks({
  acquire: (name) => locks.acquire(name, { ttlMs: TTL_MS, waitMs: PATIENCE_MS }),
  release: (lease) => lease.release(),
});
