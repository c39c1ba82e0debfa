import { DomainError } from '../../errors/index.js';

/** The event has over 1 MiB as JSON. Nothing was stored. */
export class EventTooLargeError extends DomainError {
  readonly code = 'EVENT_TOO_LARGE';
  readonly status = 413;
  readonly title = 'The event is too large';

  constructor(maxBytes: number) {
    super(
      `An event may have ${maxBytes} bytes as JSON. Store what is larger elsewhere, and publish where it is.`,
    );
  }
}
