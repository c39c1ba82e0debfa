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

/** The session is valid, but its user proved too long ago who it is: ask for the password, or the second factor, again. */
export class SessionNotFreshError extends DomainError {
  readonly code = 'SESSION_NOT_FRESH';
  readonly status = 403;
  readonly title = 'The user must authenticate again';

  constructor(freshWithinMs: number) {
    super(`This needs an authentication of the last ${freshWithinMs} ms.`);
  }
}

/** A change that came with the session cookie and does not prove that it comes from the session's own pages. */
export class CsrfRejectedError extends DomainError {
  readonly code = 'CSRF_REJECTED';
  readonly status = 403;
  readonly title = 'The request may be forged';

  constructor() {
    super(
      'A change by the session cookie comes from the same origin, with the header CSRF-Token as this server last sent it.',
    );
  }
}

/** The data is larger than a session may be; nothing was changed. */
export class SessionTooLargeError extends DomainError {
  readonly code = 'SESSION_TOO_LARGE';
  readonly status = 413;
  readonly title = 'The session data is too large';

  constructor(maxBytes: number, maxFields: number) {
    super(`The data of a session has at most ${maxBytes} bytes as JSON, in ${maxFields} fields.`);
  }
}

/** The user has as many sessions as may be: one of them must end before the next begins. */
export class SessionLimitReachedError extends DomainError {
  readonly code = 'SESSION_LIMIT_REACHED';
  readonly status = 409;
  readonly title = 'The user has too many sessions';

  constructor() {
    super('The user has as many live sessions as may be.');
  }
}

/** Another request has rotated the session just now. The token sent still works for its grace; go on with the new one. */
export class SessionAlreadyRotatedError extends DomainError {
  readonly code = 'SESSION_ALREADY_ROTATED';
  readonly status = 409;
  readonly title = 'The token has been rotated already';

  constructor() {
    super('Another request has rotated this token. Use the token that it was given.');
  }
}

/** The user has no live session of this id. */
export class SessionNotFoundError extends DomainError {
  readonly code = 'SESSION_NOT_FOUND';
  readonly status = 404;
  readonly title = 'There is no such session';

  constructor() {
    super('The user has no live session of this id.');
  }
}

/** An increment of a field of the data that is not a number, or would leave the range of numbers; nothing was changed. */
export class SessionFieldNotNumberError extends DomainError {
  readonly code = 'SESSION_FIELD_NOT_NUMBER';
  readonly status = 409;
  readonly title = 'The field is not a number';

  constructor() {
    super('Only numbers can be incremented.');
  }
}
