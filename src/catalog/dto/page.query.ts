import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { IsQueryInteger } from '../../http/index.js';
import { IsStorableText } from './rules.js';

const LONGEST_CURSOR = 4096;

export class PageQuery {
  @IsQueryInteger({ minimum: 1, maximum: 100, default: 20 })
  readonly limit: number = 20;

  @ApiPropertyOptional({ description: 'The `nextCursor` of the page before' })
  @IsOptional()
  @IsStorableText(1, LONGEST_CURSOR)
  readonly cursor?: string;
}
