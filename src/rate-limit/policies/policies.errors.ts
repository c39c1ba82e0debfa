import { DomainError } from '../../errors/index.js';

/** There is no policy of this name. */
export class PolicyNotFoundError extends DomainError {
  readonly code = 'POLICY_NOT_FOUND';
  readonly status = 404;
  readonly title = 'No such rate-limit policy';

  constructor(name: string) {
    super(`There is no policy "${name}".`);
  }
}
