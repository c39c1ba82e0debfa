import { type ValidationError, ValidationPipe } from '@nestjs/common';
import { ValidationFailedError, type ValidationFault } from '../../errors/index.js';

/** Checks every body, query and path against its DTO; unknown properties are refused, nothing is guessed. */
export function createValidationPipe(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) => new ValidationFailedError(flatten(errors)),
  });
}

function flatten(errors: readonly ValidationError[], parent = ''): ValidationFault[] {
  return errors.flatMap(({ property, constraints = {}, children = [] }) => {
    const path = parent ? `${parent}.${property}` : property;
    const own = Object.values(constraints).map((rule) => ({ path, message: withoutName(rule, property) }));
    return [...own, ...flatten(children, path)];
  });
}

/** class-validator starts its messages with the property, which `path` already says. */
function withoutName(message: string, property: string): string {
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}
