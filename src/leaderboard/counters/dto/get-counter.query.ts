import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { IsQueryInteger } from '../../../http/index.js';
import { GRANULARITIES, type CounterGranularity, MAX_WINDOWS } from '../windows.js';

export class GetCounterQuery {
  @ApiPropertyOptional({ enum: GRANULARITIES, description: 'With it the answer has windows' })
  @IsOptional()
  @IsIn(GRANULARITIES)
  readonly granularity?: CounterGranularity;

  @IsQueryInteger({
    minimum: 1,
    maximum: MAX_WINDOWS,
    description: 'How many windows, at most; by default 60 minutes, 24 hours or 30 days',
  })
  readonly count?: number;
}
