import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ExpiryIndex } from './expiry/expiry-index.js';
import { ExpirySweeper } from './expiry/expiry-sweeper.js';
import { SessionEndings } from './session-endings.js';
import { SessionEvents } from './session-events.js';
import { SessionTransport } from './session-transport.js';
import { SessionsUsersController } from './sessions-users.controller.js';
import { SessionsController } from './sessions.controller.js';
import { SessionGuard } from './sessions.guard.js';
import { SessionsKeys } from './sessions.keys.js';
import { SessionsService } from './sessions.service.js';
import { SessionStore } from './store/session-store.js';
import { VerifyCache } from './verify-cache.js';

/** Sessions that every replica sees alike. */
@Module({
  controllers: [SessionsController, SessionsUsersController],
  providers: [
    SessionsService,
    SessionsKeys,
    SessionStore,
    SessionEvents,
    SessionEndings,
    SessionTransport,
    ExpiryIndex,
    ExpirySweeper,
    VerifyCache,
    { provide: APP_GUARD, useClass: SessionGuard },
  ],
  exports: [SessionsService, SessionStore, SessionTransport],
})
export class SessionsModule {}
