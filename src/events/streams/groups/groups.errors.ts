import { DomainError } from '../../../errors/index.js';

/** The stream has no such consumer group. */
export class GroupNotFoundError extends DomainError {
  readonly code = 'GROUP_NOT_FOUND';
  readonly status = 404;
  readonly title = 'There is no such consumer group';

  constructor(stream: string, group: string) {
    super(`The stream "${stream}" has no group "${group}".`);
  }
}
