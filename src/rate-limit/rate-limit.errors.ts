import { DomainError } from '../errors/index.js';
import type { CheckDecision } from './decision.js';

/** The client has used up one limit or more. `violated-policies` names them, as the draft for RateLimit headers asks. */
export class RateLimitedError extends DomainError {
  readonly code = 'RATE_LIMITED';
  readonly status = 429;
  readonly title = 'Too many requests';
  override readonly extensions: Readonly<Record<string, unknown>>;
  override readonly retryAfterMs: number;

  constructor(decisions: readonly CheckDecision[]) {
    const refused = decisions.filter(({ allowed }) => !allowed);
    const names = refused.map(({ policy }) => policy);
    // Not before the last of them lets the request pass.
    const retryAfterMs = Math.max(...refused.map((decision) => decision.retryAfterMs));
    const which = names.map((name) => `"${name}"`).join(' and ');
    const limits = names.length > 1 ? `The limits ${which} are` : `The limit ${which} is`;
    super(`${limits} used up. Try again in ${Math.ceil(retryAfterMs / 1000)} s.`);
    this.retryAfterMs = retryAfterMs;
    this.extensions = {
      type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      'violated-policies': names,
    };
  }
}
