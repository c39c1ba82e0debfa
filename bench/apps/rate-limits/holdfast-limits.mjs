// The limits of Holdfast from dist/, in a process that answers no HTTP.
import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { createApp } from '../../../dist/app.setup.js';
import { readSettings } from '../../../dist/config/index.js';
import { HttpModule } from '../../../dist/http/index.js';
import { ObservabilityModule } from '../../../dist/observability/index.js';
import { RateLimitModule, RateLimitService } from '../../../dist/rate-limit/index.js';
import { RedisModule } from '../../../dist/redis/index.js';

const READY_TIMEOUT_MS = 10_000;

class LimitsModule {}
Module({ imports: [HttpModule, RedisModule, ObservabilityModule, RateLimitModule] })(LimitsModule);

/** The service as a team's module gets it injected. */
export async function startLimits() {
  const settings = readSettings({ REDIS_URL: process.env.REDIS_URL, LOG_LEVEL: 'error' });
  const app = await createApp(settings, LimitsModule);
  await app.init();
  return app.get(RateLimitService, { strict: false });
}

/**
 * Decides until Redis was asked (`chargedAt` says so), or until it was not because the refusal is remembered.
 *
 * @param {boolean} asked
 */
export async function decideUntil(limits, checks, asked) {
  for (const deadline = Date.now() + READY_TIMEOUT_MS; Date.now() < deadline; await sleep(10)) {
    const decision = await limits.decide(checks);
    if ((decision.chargedAt !== undefined) === asked) return decision;
  }
  throw new Error(asked ? 'Redis was not asked in time.' : 'The refusal was not remembered in time.');
}
