import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { ValidateBy } from 'class-validator';
import { INT64_RULE, parseInt64 } from '../int64.js';

/** An exact 64-bit integer as OpenAPI describes it; for `@ApiProperty({ ...INT64_SCHEMA, example: 1 })`. */
export const INT64_SCHEMA = {
  oneOf: [
    { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
    { type: 'string', pattern: '^-?(0|[1-9][0-9]{0,18})$', example: '9223372036854775807' },
  ],
};

/** A property that comes as a number or, past 2^53, as decimal digits, and is a bigint once it is read. */
export function IsInt64(): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }) => parseInt64(value) ?? value, { toClassOnly: true }),
    ValidateBy({
      name: 'isInt64',
      validator: {
        validate: (value: unknown) => typeof value === 'bigint',
        defaultMessage: () => INT64_RULE,
      },
    }),
  );
}
