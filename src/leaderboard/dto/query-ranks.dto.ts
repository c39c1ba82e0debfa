import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray } from 'class-validator';
import { IsId } from '../../http/index.js';
import { MAX_LIMIT } from '../leaderboard-queries.js';
import { WindowQuery } from './window.query.js';

export class QueryRanksDto extends WindowQuery {
  @ApiProperty({ type: [String], minItems: 1, maxItems: MAX_LIMIT, example: ['ada', 'grace'] })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_LIMIT)
  @IsId({ each: true })
  readonly members!: string[];
}
