import { DomainError } from '../../errors/index.js';

/** A probe that fails; `checks` says why, a part a line. */
export class NotReadyError extends DomainError {
  readonly code = 'NOT_READY';
  readonly status = 503;
  readonly title = 'The server does not take traffic';
  override readonly retryAfterMs = 1000;
  override readonly extensions: Readonly<Record<string, unknown>>;

  constructor(checks: unknown) {
    super('The server is starting, draining, or misses a store that it cannot do without.');
    this.extensions = { checks };
  }
}
