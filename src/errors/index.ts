export { DomainError } from './domain-error.js';
export { ValidationFailedError, type ValidationFault } from './validation-failed.error.js';
