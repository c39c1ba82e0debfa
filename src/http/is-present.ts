import { ValidateBy, type ValidationOptions } from 'class-validator';

/** Anything that JSON can be, null as well. */
export function IsPresent(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isPresent',
      validator: {
        validate: (value: unknown) => value !== undefined,
        defaultMessage: () => 'must be there; it may be null',
      },
    },
    options,
  );
}
