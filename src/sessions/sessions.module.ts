import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { SessionsController } from './sessions.controller.js';
import { SessionsGuard } from './sessions.guard.js';
import { SessionsKeys } from './sessions.keys.js';
import { SessionsService } from './sessions.service.js';

/** Sessions that every replica sees alike. */
@Module({
  controllers: [SessionsController],
  providers: [SessionsService, SessionsKeys, { provide: APP_GUARD, useClass: SessionsGuard }],
  exports: [SessionsService],
})
export class SessionsModule {}
