import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { EndedSessions } from '../http/index.js';
import { SessionEvents } from './session-events.js';

/** Tells the other features of sessions that have ended before their time, where one of them wants to know. */
@Injectable()
export class SessionEndings implements OnApplicationBootstrap {
  constructor(
    private readonly events: SessionEvents,
    private readonly ended: EndedSessions,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.ended.hasListeners) return;
    for (const type of ['revoked', 'reused'] as const) {
      this.events.on(type, ({ sessionId }) => this.ended.tell(sessionId));
    }
  }
}
