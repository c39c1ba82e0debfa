import { DomainError } from '../errors/index.js';

/** No reply to a request came in time. It may have been handled. */
export class ReplyTimeoutError extends DomainError {
  readonly code = 'REPLY_TIMEOUT';
  readonly status = 504;
  readonly title = 'No reply came in time';

  constructor(timeoutMs: number) {
    super(`No reply came within ${timeoutMs} ms. What was asked for may have been done.`);
  }
}
