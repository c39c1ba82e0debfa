import { Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { ApiSchemas } from './api-schemas.js';
import { EndedSessions } from './ended-sessions.js';
import { OwnEvents } from './own-events.js';
import { IdempotencyKeys } from './idempotency/idempotency.keys.js';
import { IdempotencyService } from './idempotency/idempotency.service.js';
import { ProblemFilter } from './problem/problem.filter.js';
import { GracefulShutdown } from './shutdown/graceful-shutdown.js';
import { RequestStarters } from './starters/request-starters.js';
import { StarterGuard } from './starters/starter.guard.js';

/** What every route shares. First in AppModule, so that its guard runs before the features' guards. */
@Global()
@Module({
  providers: [
    RequestStarters,
    EndedSessions,
    OwnEvents,
    GracefulShutdown,
    ApiSchemas,
    IdempotencyKeys,
    IdempotencyService,
    { provide: APP_GUARD, useClass: StarterGuard },
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
  exports: [RequestStarters, EndedSessions, OwnEvents, GracefulShutdown, ApiSchemas, IdempotencyService],
})
export class HttpModule {}
