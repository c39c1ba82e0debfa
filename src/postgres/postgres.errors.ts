import { DatabaseError } from 'pg';
import { DomainError } from '../errors/index.js';

/** The database cannot be reached, did not answer in time, or is not migrated yet. A write may have happened. */
export class DatabaseUnavailableError extends DomainError {
  readonly code = 'DATABASE_UNAVAILABLE';
  readonly status = 503;
  readonly title = 'The database is not available';
  override readonly retryAfterMs = 1000;

  constructor(options?: ErrorOptions) {
    super('The database did not answer in time. Try again shortly.', options);
  }
}

/**
 * What the server says when it cannot serve now, by SQLSTATE: its class, or the whole code.
 * 08 connection, 53 resources (53300 too many connections), 57 operator (57014 timeout, 57P01 shutdown, 57P03
 * starting), 28 and 3D login and database (an operator repairs them), 25006 the old primary after a failover,
 * 25P03 a transaction that idled too long, 55P03 a lock that was not granted in time.
 */
const UNAVAILABLE_STATES = /^(?:08|53|57|28|3D|25006|25P03|55P03)/;

/** Of these, what the server says before it closes the connection; its severity comes in the server's language. */
const LAST_WORDS = /^(?:08|57P|25P03)/;

/** pg's own words: its transport faults have no code. */
const TRANSPORT_FAULT = /^(?:Connection terminated|Query read timeout|Client (?:has encountered|was closed))/;

/**
 * What a caller of a query sees: unavailable for a transport fault or a server that cannot serve, the error
 * itself for everything else. A broken constraint stays what it is: only the feature knows what it means.
 */
export function toDatabaseError(error: unknown): unknown {
  return isUnavailable(error) ? new DatabaseUnavailableError({ cause: error }) : error;
}

function isUnavailable(error: unknown): boolean {
  if (error instanceof DatabaseError) return UNAVAILABLE_STATES.test(error.code ?? '');
  return isTransportFault(error);
}

/** True when the connection behind the error is of no further use: it is cut, or the server is about to close it. */
export function endsConnection(error: unknown): boolean {
  if (error instanceof DatabaseError) return LAST_WORDS.test(error.code ?? '');
  return isTransportFault(error);
}

function isTransportFault(error: unknown): boolean {
  const { syscall, message } = error as NodeJS.ErrnoException;
  return syscall !== undefined || TRANSPORT_FAULT.test(message);
}
