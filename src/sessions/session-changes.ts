import { ValidationFailedError } from '../errors/index.js';
import { isFieldNames } from './dto/is-session-data.js';
import type { SessionData } from './session.js';
import { dataLines } from './stored-session.js';

/** What a login says of its session. */
export interface NewSession {
  readonly userId: string;
  readonly roles?: readonly string[];
  readonly data?: Partial<SessionData> & Record<string, unknown>;
  readonly device?: { readonly name?: string; readonly ip?: string; readonly userAgent?: string };
  /** Default: SESSION_IDLE_TTL_MS. */
  readonly idleTtlMs?: number;
  /** Default: SESSION_ABSOLUTE_TTL_MS. */
  readonly absoluteTtlMs?: number;
  /** The token that the client had before: its session ends with the login, so that none outlives an authentication. */
  readonly replaces?: string;
  /** Default: SESSION_MAX_PER_USER; 0: any number. */
  readonly maxPerUser?: number;
  /** Default: SESSION_MAX_PER_USER_POLICY. */
  readonly maxPerUserPolicy?: 'evict-oldest' | 'refuse';
}

/** Fields of data to change; all others stay as they are, also when others change them at the same time. */
export interface DataChange {
  readonly set?: Partial<SessionData> & Record<string, unknown>;
  readonly unset?: readonly string[];
  /** Adds to numbers; what is absent counts as 0. */
  readonly increment?: Readonly<Record<string, number>>;
}

/** As update.lua reads it. @throws ValidationFailedError */
export function changeArguments({ set = {}, unset = [], increment = {} }: DataChange) {
  if (!isFieldNames(unset)) {
    throw new ValidationFailedError([{ path: 'unset', message: 'must be names of fields' }]);
  }
  if (!Object.values(increment).every(Number.isFinite)) {
    throw new ValidationFailedError([{ path: 'increment', message: 'must be finite numbers' }]);
  }
  return {
    set: dataLines(set, 'set'),
    unset: unset.join(' '),
    increment: dataLines(increment, 'increment'),
  };
}
