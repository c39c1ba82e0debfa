import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { MAX_LIMIT, type TopChoice } from '../leaderboard-queries.js';
import { IsQueryInteger } from './is-query-integer.js';
import { WindowQuery } from './window.query.js';

const LONGEST_CURSOR = 1024;

export class TopQuery extends WindowQuery implements TopChoice {
  @IsQueryInteger(1, MAX_LIMIT, 10)
  readonly limit: number = 10;

  @ApiPropertyOptional({ description: 'The `nextCursor` of the page before' })
  @IsOptional()
  @IsString()
  @MaxLength(LONGEST_CURSOR)
  readonly cursor?: string;
}
