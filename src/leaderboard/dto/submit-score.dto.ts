import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  Allow,
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsOptional,
  ValidateNested,
} from 'class-validator';
import { ANY_JSON_SCHEMA, IsId } from '../../http/index.js';
import { OPERATORS, type Operator } from '../board-definition.js';
import { MAX_ENTRIES } from '../leaderboard.service.js';
import { type Entry, MAX_METADATA_BYTES } from '../submission.js';
import { INT64_SCHEMA, IsInt64 } from './is-int64.js';

export class SubmitScoreDto implements Entry {
  @ApiProperty({ description: '1 to 256 bytes', example: 'ada' })
  @IsId()
  readonly member!: string;

  @ApiProperty({ ...INT64_SCHEMA, example: 1200 })
  @IsInt64()
  readonly score!: bigint;

  @ApiPropertyOptional({ enum: OPERATORS, description: 'Instead of that of the leaderboard' })
  @IsOptional()
  @IsIn(OPERATORS)
  readonly operator?: Operator;

  @ApiPropertyOptional({
    ...ANY_JSON_SCHEMA,
    description: `Kept with the score: any JSON of at most ${MAX_METADATA_BYTES} bytes; null takes away what is kept`,
    example: { level: 7 },
  })
  @Allow()
  readonly metadata?: unknown;
}

export class SubmitScoresDto {
  @ApiProperty({ type: [SubmitScoreDto], minItems: 1, maxItems: MAX_ENTRIES })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_ENTRIES)
  @ValidateNested({ each: true })
  @Type(() => SubmitScoreDto)
  readonly entries!: SubmitScoreDto[];
}
