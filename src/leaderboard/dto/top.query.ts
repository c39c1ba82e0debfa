import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { IsQueryInteger } from '../../http/index.js';
import { MAX_LIMIT, type TopChoice } from '../leaderboard-queries.js';
import { WindowQuery } from './window.query.js';

const LONGEST_CURSOR = 1024;

export class TopQuery extends WindowQuery implements TopChoice {
  @IsQueryInteger({ minimum: 1, maximum: MAX_LIMIT, default: 10 })
  readonly limit: number = 10;

  @ApiPropertyOptional({ description: 'The `nextCursor` of the page before' })
  @IsOptional()
  @IsString()
  @MaxLength(LONGEST_CURSOR)
  readonly cursor?: string;
}
