import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import { IsQueryInteger } from '../../../http/index.js';
import { DEFAULT_LIMIT, MAX_LIMIT } from '../streams.service.js';

export class ReadEventsQuery {
  @ApiPropertyOptional({
    description: 'The events after this id; `0` for the beginning',
    example: '1790000000000-0',
  })
  @IsOptional()
  @IsString()
  readonly after?: string;

  @IsQueryInteger({ minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT })
  readonly limit: number = DEFAULT_LIMIT;
}
