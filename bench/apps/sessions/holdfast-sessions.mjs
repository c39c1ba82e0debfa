// The sessions of Holdfast from dist/, in a process that answers no HTTP.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { createApp } from '../../../dist/app.setup.js';
import { readSettings } from '../../../dist/config/index.js';
import { HttpModule } from '../../../dist/http/index.js';
import { ObservabilityModule } from '../../../dist/observability/index.js';
import { RedisModule } from '../../../dist/redis/index.js';
import { SessionInvalidError, SessionsModule, SessionsService } from '../../../dist/sessions/index.js';
import { IDLE_MS } from './content.mjs';

class StoreModule {}
Module({ imports: [HttpModule, RedisModule, ObservabilityModule, SessionsModule] })(StoreModule);

function refusal(error) {
  if (error instanceof SessionInvalidError) return undefined;
  throw error;
}

/** SESSION_IDLE_TTL_MS: another idle timeout than the scenario's. */
export async function startSessions() {
  const { REDIS_URL, SESSION_IDLE_TTL_MS = String(IDLE_MS) } = process.env;
  const app = await createApp(
    readSettings({ REDIS_URL, SESSION_IDLE_TTL_MS, LOG_LEVEL: 'error' }),
    StoreModule,
  );
  await app.init();
  const service = app.get(SessionsService, { strict: false });
  return {
    create: async (content) => (await service.create(content)).token,
    use: (token) => service.verify(token).catch(refusal),
    isShortLived: Number(SESSION_IDLE_TTL_MS) < IDLE_MS,
    read: (token) => service.read(token).catch(refusal),
    revokeAll: (userId) => service.revokeAll(userId),
  };
}
