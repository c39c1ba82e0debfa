import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { IsQueryInteger } from '../../../../http/index.js';

export class DeadLettersQuery {
  @IsQueryInteger({ minimum: 1, maximum: 1000, default: 100 })
  readonly limit: number = 100;

  @ApiPropertyOptional({ description: 'The `nextCursor` of the page before', example: '1790000000000-0' })
  @IsOptional()
  @Matches(/^\d{1,19}-\d{1,19}$/, { message: 'must be the nextCursor of a page' })
  readonly cursor?: string;
}
