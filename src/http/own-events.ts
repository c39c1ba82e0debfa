import { Injectable } from '@nestjs/common';

/** Something that has happened in a feature, for teams to act on. */
export interface OwnEvent {
  readonly type: 'session.revoked' | 'session.reused' | 'rate-limit.near' | 'cache.invalidated';
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * Where features tell what has happened in them, and who publishes events hears it: neither knows the other. Nobody need
 * publish them; a feature tells nothing then. Injectable.
 */
@Injectable()
export class OwnEvents {
  private publisher?: (event: OwnEvent) => void;

  /** To be called while modules are initialised: from then on it is known whether anybody publishes. */
  publishWith(publisher: (event: OwnEvent) => void): void {
    this.publisher = publisher;
  }

  get arePublished(): boolean {
    return this.publisher !== undefined;
  }

  /** Returns at once: what has happened has happened, whether or not it is published. */
  tell(event: OwnEvent): void {
    this.publisher?.(event);
  }
}
