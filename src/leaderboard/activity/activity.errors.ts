import { DomainError } from '../../errors/index.js';
import type { ActivityMode } from './activity.scripts.js';

/** The activity counts in another mode than the mark wants: its first mark has chosen it. Nothing was marked. */
export class ActivityModeConflictError extends DomainError {
  readonly code = 'ACTIVITY_MODE_CONFLICT';
  readonly status = 409;
  readonly title = 'The activity has another mode';

  constructor(activity: string, mode: ActivityMode) {
    super(`"${activity}" is ${mode}.`);
  }
}

/** Only an exact activity knows who was active; an approximate one cannot tell who came back. */
export class ActivityNotExactError extends DomainError {
  readonly code = 'ACTIVITY_NOT_EXACT';
  readonly status = 409;
  readonly title = 'The activity does not know its users';

  constructor(activity: string) {
    super(`"${activity}" is approximate: it has no retention.`);
  }
}
