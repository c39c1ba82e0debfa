import { DomainError } from './domain-error.js';

export interface ValidationFault {
  /** Where: `device.name`, `checks.0.cost`, or the name of a path or query parameter. */
  readonly path: string;
  readonly message: string;
}

/** The input breaks a rule; nothing was changed. */
export class ValidationFailedError extends DomainError {
  readonly code = 'VALIDATION_FAILED';
  readonly status = 400;
  readonly title = 'The request is not valid';
  override readonly extensions: { readonly errors: readonly ValidationFault[] };

  constructor(readonly faults: readonly ValidationFault[]) {
    super(faults.map(({ path, message }) => `${path}: ${message}`).join('; '));
    this.extensions = { errors: faults };
  }
}
