// A route behind @RequireSession(), and nothing else.
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { createApp } from '../../../dist/app.setup.js';
import { readSettings } from '../../../dist/config/index.js';
import { HttpModule } from '../../../dist/http/index.js';
import { ObservabilityModule } from '../../../dist/observability/index.js';
import { RedisModule } from '../../../dist/redis/index.js';
import {
  CurrentSession,
  RequireSession,
  type Session,
  SessionsModule,
} from '../../../dist/sessions/index.js';
import { REDIS_URL, reportToHarness, SESSION_TTL_MS } from '../common/child.js';

@Controller('me')
class MeController {
  @Get()
  @RequireSession()
  me(@CurrentSession() { userId, roles, data }: Session) {
    return { userId, roles, data };
  }
}

@Module({
  imports: [HttpModule, RedisModule, ObservabilityModule, SessionsModule],
  controllers: [MeController],
})
class SessionsBenchModule {}

async function main(): Promise<void> {
  const settings = readSettings({
    REDIS_URL,
    LOG_LEVEL: 'error',
    SESSION_IDLE_TTL_MS: String(SESSION_TTL_MS),
  });
  const app = await createApp(settings, SessionsBenchModule);
  await app.listen(0, '127.0.0.1');
  reportToHarness(await app.getUrl());
}

void main();
