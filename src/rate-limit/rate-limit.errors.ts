import { DomainError } from '../errors/index.js';

/** The client has used up a limit. `violated-policies` names it, as the draft for RateLimit headers asks. */
export class RateLimitedError extends DomainError {
  readonly code = 'RATE_LIMITED';
  readonly status = 429;
  readonly title = 'Too many requests';
  override readonly extensions: Readonly<Record<string, unknown>>;

  constructor(
    policy: string,
    override readonly retryAfterMs: number,
  ) {
    super(`The limit "${policy}" is used up. Try again in ${Math.ceil(retryAfterMs / 1000)} s.`);
    this.extensions = {
      type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      'violated-policies': [policy],
    };
  }
}
