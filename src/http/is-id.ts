import { Param } from '@nestjs/common';
import { registerDecorator, type ValidationOptions } from 'class-validator';
import { ValidationFailedError } from '../errors/index.js';
import { ID_RULE, isId } from '../redis/index.js';

/** A text that names something: 1 to 256 bytes, any characters. */
export function IsId(options?: ValidationOptions): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'isId',
      target: target.constructor,
      propertyName: String(property),
      options,
      validator: { validate: isId, defaultMessage: () => ID_RULE },
    });
}

/** A path parameter that names something, checked like {@link IsId}. */
export function IdParam(name: string): ParameterDecorator {
  return Param(name, {
    transform(value: unknown): string {
      if (!isId(value)) throw new ValidationFailedError([{ path: name, message: ID_RULE }]);
      return value;
    },
  });
}
