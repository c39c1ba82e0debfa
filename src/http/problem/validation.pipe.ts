import { type ArgumentMetadata, type ValidationError, ValidationPipe } from '@nestjs/common';
import { ValidationFailedError, type ValidationFault } from '../../errors/index.js';

/** Checks every body, query and path against its DTO; unknown properties are refused, nothing is guessed. */
export function createValidationPipe(): ValidationPipe {
  return new ObjectPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) => new ValidationFailedError(flatten(errors)),
  });
}

/** Nest takes a list for a body of which all is optional, and validates its elements: an empty one says nothing. */
class ObjectPipe extends ValidationPipe {
  override transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (
      Array.isArray(value) &&
      metadata.type === 'body' &&
      metadata.metatype !== Array &&
      this.toValidate(metadata)
    ) {
      throw new ValidationFailedError([{ path: 'body', message: 'must be an object' }]);
    }
    return super.transform(value, metadata) as Promise<unknown>;
  }
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
