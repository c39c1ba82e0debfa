import { DomainError } from '../errors/index.js';

/**
 * Redis did not answer within the deadline, or cannot serve now. Whether a write happened is unknown;
 * it is never sent again behind the caller's back.
 */
export class StateStoreUnavailableError extends DomainError {
  readonly code = 'STATE_STORE_UNAVAILABLE';
  readonly status = 503;
  readonly title = 'The state store is not available';
  override readonly retryAfterMs = 1000;

  constructor(options?: ErrorOptions) {
    super('The state store did not answer in time. Try again shortly.', options);
  }
}

/** Replies with these first words mean "not now" (failover, loading, full, busy), not "wrong command". */
const TRANSIENT_REPLIES = new Set([
  'LOADING',
  'READONLY',
  'MASTERDOWN',
  'CLUSTERDOWN',
  'TRYAGAIN',
  'MOVED',
  'ASK',
  'OOM',
  'BUSY',
  'MISCONF',
  'NOREPLICAS',
  'UNBLOCKED',
  'NOAUTH',
  'WRONGPASS',
  'NOPERM',
]);

/** What a caller of Redis sees: unavailable for every transport fault, the error itself for a wrong command. */
export function toStateStoreError(error: unknown): Error {
  if (!(error instanceof Error)) return new StateStoreUnavailableError({ cause: error });
  const isReply = error.name === 'ReplyError';
  if (isReply && !TRANSIENT_REPLIES.has(firstWord(error.message))) return error;
  return new StateStoreUnavailableError({ cause: error });
}

/** Inside a script, Redis wraps the first word: `ERR` alone is kept for faults of the script itself. */
function firstWord(message: string): string {
  return message.replace(/^-/, '').split(/[\s:]/, 1)[0];
}
