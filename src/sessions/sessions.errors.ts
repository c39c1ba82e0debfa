import { DomainError } from '../errors/index.js';

/** One answer for a missing, malformed, forged, expired and revoked token: it tells none of them apart. */
export class SessionInvalidError extends DomainError {
  readonly code = 'SESSION_INVALID';
  readonly status = 401;
  readonly title = 'The session is not valid';

  constructor() {
    super('Send the token of a live session in Session-Token or in the session cookie.');
  }
}

/** The session is valid, but its roles do not reach. */
export class SessionForbiddenError extends DomainError {
  readonly code = 'SESSION_FORBIDDEN';
  readonly status = 403;
  readonly title = 'The session does not have the role';

  constructor(roles: readonly string[]) {
    super(`This needs the role ${roles.join(' or ')}.`);
  }
}

/** The data is larger than a session may be. */
export class SessionTooLargeError extends DomainError {
  readonly code = 'SESSION_TOO_LARGE';
  readonly status = 413;
  readonly title = 'The session data is too large';

  constructor(maxBytes: number) {
    super(`The data of a session has at most ${maxBytes} bytes as JSON.`);
  }
}
