import { DomainError } from '../errors/index.js';

/** The lock or permit is taken, and was not given back within the wait. Nothing is left of the request. */
export class LockNotAcquiredError extends DomainError {
  readonly code = 'LOCK_NOT_ACQUIRED';
  readonly status = 423;
  readonly title = 'The lock is taken';
  override readonly retryAfterMs: number;
  override readonly extensions: { readonly retryAfterMs: number };

  /** @param retryAfterMs when the first of the leases ends, unless it is extended. */
  constructor(name: string, retryAfterMs: number) {
    super(`"${name}" is taken.`);
    this.retryAfterMs = retryAfterMs;
    this.extensions = { retryAfterMs };
  }
}

/** The lease is not, or no longer, held: its time is over, it was released, or it is another's. Nothing was changed. */
export class LockNotOwnedError extends DomainError {
  readonly code = 'LOCK_NOT_OWNED';
  readonly status = 409;
  readonly title = 'The lease is not held';

  constructor(name: string) {
    super(`The lease of "${name}" is over, was released, or is not this one.`);
  }
}

/** The write comes under a lease that is over: one under a later lease was here before. Nothing was changed. */
export class FencingTokenStaleError extends DomainError {
  readonly code = 'FENCING_TOKEN_STALE';
  readonly status = 409;
  readonly title = 'The fencing token is too old';

  constructor(resource: string) {
    super(`"${resource}" has been written to under a later lease.`);
  }
}

/** Too few servers had a durable lease in time. It was given back; one that was held before goes on until its end. */
export class LockNotDurableError extends DomainError {
  readonly code = 'LOCK_NOT_DURABLE';
  readonly status = 503;
  readonly title = 'Too few servers know of the lease';
  override readonly retryAfterMs = 1000;

  constructor(name: string, replicas: number) {
    super(`The lease of "${name}" did not reach ${replicas} replicas in time.`);
  }
}
