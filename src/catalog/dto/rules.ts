import { ValidateBy, type ValidationOptions } from 'class-validator';

/** Text of so many characters that Postgres can store: it has no NUL. */
export function IsStorableText(min: number, max: number, options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isStorableText',
      validator: {
        validate: (value: unknown) =>
          typeof value === 'string' && value.length >= min && value.length <= max && !value.includes('\0'),
        defaultMessage: () => `must be text of ${min} to ${max} characters without a NUL`,
      },
    },
    options,
  );
}
