import { Injectable, Logger } from '@nestjs/common';

/**
 * What happens to a session. `reused`: a token that a rotation had retired was used after its grace; it was stolen, or its
 * user was robbed of the new one, and the session has ended. `expired` comes at least once, the others once, in the
 * process that did it.
 */
export type SessionEventType = 'created' | 'rotated' | 'revoked' | 'expired' | 'reused';

export interface SessionEvent {
  readonly type: SessionEventType;
  readonly userId: string;
  readonly sessionId: string;
  /** Of `revoked`. evicted: by a login beyond the cap; replaced: by a login that brought its token. */
  readonly reason?: 'logout' | 'revoked' | 'evicted' | 'replaced';
}

/** What it returns is awaited for `expired`: when it fails, the event comes again. */
export type SessionListener = (event: SessionEvent) => unknown;

/** Tells the listeners of this process. Injectable. */
@Injectable()
export class SessionEvents {
  private readonly listeners = new Map<SessionEventType, readonly SessionListener[]>();
  private readonly logger = new Logger('Sessions');

  /** @returns what ends it. */
  on(type: SessionEventType, listener: SessionListener): () => void {
    this.listeners.set(type, [...this.of(type), listener]);
    return () => {
      this.listeners.set(
        type,
        this.of(type).filter((each) => each !== listener),
      );
    };
  }

  has(type: SessionEventType): boolean {
    return this.of(type).length > 0;
  }

  /** A listener that fails does not fail what happened: it is logged. */
  emit(event: SessionEvent): void {
    if (!this.has(event.type)) return;
    this.deliver(event).catch((error: Error) =>
      this.logger.error(`a listener of "${event.type}" failed: ${error.message}`),
    );
  }

  /** Settles when all listeners have; rejects when one has failed. */
  async deliver(event: SessionEvent): Promise<void> {
    await Promise.all(this.of(event.type).map(async (listener) => listener(event)));
  }

  private of(type: SessionEventType): readonly SessionListener[] {
    return this.listeners.get(type) ?? [];
  }
}
