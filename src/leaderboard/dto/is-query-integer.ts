import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';

/** An integer in the query of a URL, with a default. */
export function IsQueryInteger(minimum: number, maximum: number, fallback: number): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ type: 'integer', minimum, maximum, default: fallback }),
    Transform(
      ({ value }) =>
        (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value) as unknown,
    ),
    IsInt(),
    Min(minimum),
    Max(maximum),
  );
}
