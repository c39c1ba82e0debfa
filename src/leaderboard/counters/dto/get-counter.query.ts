import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { GRANULARITIES, type CounterGranularity, MAX_WINDOWS } from '../windows.js';

export class GetCounterQuery {
  @ApiPropertyOptional({ enum: GRANULARITIES, description: 'With it the answer has windows' })
  @IsOptional()
  @IsIn(GRANULARITIES)
  readonly granularity?: CounterGranularity;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: MAX_WINDOWS,
    description: 'How many windows, at most; by default 60 minutes, 24 hours or 30 days',
  })
  @IsOptional()
  @Transform(({ value }) => (/^\d{1,3}$/.test(value as string) ? Number(value) : value))
  @IsInt()
  @Min(1)
  @Max(MAX_WINDOWS)
  readonly count?: number;
}
