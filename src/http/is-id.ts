import { Param } from '@nestjs/common';
import { registerDecorator, type ValidationOptions } from 'class-validator';
import { ValidationFailedError } from '../errors/index.js';
import { MAX_ID_BYTES } from '../redis/index.js';

const RULE = `must have 1 to ${MAX_ID_BYTES} bytes`;

function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && Buffer.byteLength(value) <= MAX_ID_BYTES;
}

/** A text that names something: 1 to 256 bytes, any characters. */
export function IsId(options?: ValidationOptions): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'isId',
      target: target.constructor,
      propertyName: String(property),
      options,
      validator: { validate: isId, defaultMessage: () => RULE },
    });
}

/** A path parameter that names something, checked like {@link IsId}. */
export function IdParam(name: string): ParameterDecorator {
  return Param(name, {
    transform(value: unknown): string {
      if (!isId(value)) throw new ValidationFailedError([{ path: name, message: RULE }]);
      return value;
    },
  });
}
