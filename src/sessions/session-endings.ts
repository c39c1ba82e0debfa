import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { EndedSessions, OwnEvents } from '../http/index.js';
import { type SessionEvent, SessionEvents } from './session-events.js';

/** Tells of sessions that have ended before their time, where somebody wants to know. */
@Injectable()
export class SessionEndings implements OnApplicationBootstrap {
  constructor(
    private readonly events: SessionEvents,
    private readonly ended: EndedSessions,
    private readonly ownEvents: OwnEvents,
  ) {}

  onApplicationBootstrap(): void {
    for (const type of ['revoked', 'reused'] as const) {
      if (this.ended.hasListeners) this.events.on(type, ({ sessionId }) => this.ended.tell(sessionId));
      if (this.ownEvents.arePublished) this.events.on(type, (event) => this.publish(type, event));
    }
  }

  private publish(type: 'revoked' | 'reused', { userId, sessionId, reason }: SessionEvent): void {
    this.ownEvents.tell({ type: `session.${type}`, data: { userId, sessionId, reason } });
  }
}
