import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';

export interface QueryIntegerOptions {
  readonly minimum: number;
  readonly maximum: number;
  /** For the documents: the property's own initial value is what counts. */
  readonly default?: number;
  readonly description?: string;
}

const DIGITS = /^\d{1,15}$/;

/** An integer in the query of a URL, which has text only. It may be absent. */
export function IsQueryInteger(options: QueryIntegerOptions): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ type: 'integer', ...options }),
    Transform(
      ({ value }) => (typeof value === 'string' && DIGITS.test(value) ? Number(value) : value) as unknown,
    ),
    IsOptional(),
    IsInt(),
    Min(options.minimum),
    Max(options.maximum),
  );
}
