import { DomainError } from '../../errors/index.js';

/** The key was used for another request: replaying its answer would be wrong. */
export class IdempotencyKeyReusedError extends DomainError {
  readonly code = 'IDEMPOTENCY_KEY_REUSED';
  readonly status = 422;
  readonly title = 'The idempotency key belongs to another request';

  constructor() {
    super('This Idempotency-Key was sent before with another method, path or body.');
  }
}

/** The first request with this key has not been answered yet. */
export class IdempotencyInProgressError extends DomainError {
  readonly code = 'IDEMPOTENCY_IN_PROGRESS';
  readonly status = 409;
  readonly title = 'The first request with this key is still running';
  override readonly retryAfterMs = 1000;

  constructor() {
    super('A request with this Idempotency-Key is still running. Try again shortly for its answer.');
  }
}
