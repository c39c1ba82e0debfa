import { DomainError } from '../errors/index.js';

/** Nothing was saved under the id, or it has expired. */
export class ExampleNameNotFoundError extends DomainError {
  readonly code = 'EXAMPLE_NAME_NOT_FOUND';
  readonly status = 404;
  readonly title = 'No such entry';

  constructor() {
    super('Nothing is kept under this id.');
  }
}

/** Somebody else saved the entry since the version that the change was made from; nothing was changed. */
export class ExampleNameChangedError extends DomainError {
  readonly code = 'EXAMPLE_NAME_CHANGED';
  readonly status = 409;
  readonly title = 'The entry has changed meanwhile';

  constructor() {
    super('Read the entry again, and make the change from its present version.');
  }
}
