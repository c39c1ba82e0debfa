import { Injectable, Logger } from '@nestjs/common';

/** @param sessionId as in `Principal`. */
export type SessionEndListener = (sessionId: string) => unknown;

/**
 * Tells who keeps something for a session that it has ended, in the process that ended it. Whoever authenticates end
 * users feeds it, and need not while nobody listens. An expiry is not told: nobody has done it. Injectable.
 */
@Injectable()
export class EndedSessions {
  private readonly listeners: SessionEndListener[] = [];
  private readonly logger = new Logger('Sessions');

  /** Listeners come while modules are initialised: from then on it is known whether there are any. */
  onEnd(listener: SessionEndListener): void {
    this.listeners.push(listener);
  }

  get hasListeners(): boolean {
    return this.listeners.length > 0;
  }

  /** A listener that fails does not fail what happened: it is logged. Settles when all have. */
  async tell(sessionId: string): Promise<void> {
    await Promise.all(
      this.listeners.map(async (listener) => {
        try {
          await listener(sessionId);
        } catch (error) {
          this.logger.error(`what was kept for a session could not be removed: ${(error as Error).message}`);
        }
      }),
    );
  }
}
