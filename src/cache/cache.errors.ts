import { DomainError } from '../errors/index.js';

/** There is no value under the key. With `?lease=true` one caller gets the lease to store it, the others when to ask again. */
export class CacheMissError extends DomainError {
  readonly code = 'CACHE_MISS';
  readonly status = 404;
  readonly title = 'No cached value';
  override readonly extensions: { readonly leaseToken?: string; readonly retryAfterMs?: number };

  constructor(extensions: { readonly leaseToken?: string; readonly retryAfterMs?: number }) {
    super('There is no value under this key.');
    this.extensions = extensions;
  }
}

/** The lease is no longer alive: its time is over, or the entry was stored, deleted or invalidated. Nothing was stored. */
export class LeaseLostError extends DomainError {
  readonly code = 'LEASE_LOST';
  readonly status = 409;
  readonly title = 'The lease is no longer alive';

  constructor() {
    super('The lease is over, or the entry has changed since it was given: nothing was stored.');
  }
}

/** What a value is loaded from fails, or does not answer in time, and no older value may stand in for it. */
export class LoaderUnavailableError extends DomainError {
  readonly code = 'LOADER_UNAVAILABLE';
  readonly status = 503;
  readonly title = 'The source of the value is not available';
  override readonly retryAfterMs: number;

  constructor(retryAfterMs: number, options?: ErrorOptions) {
    super(
      'The source of this value fails at present, and there is no older value. Try again shortly.',
      options,
    );
    this.retryAfterMs = Math.max(retryAfterMs, 1);
  }
}
