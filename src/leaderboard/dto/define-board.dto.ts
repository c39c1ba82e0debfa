import { ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMinSize, IsArray, IsIn, IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import {
  type BoardDefinition,
  MAX_RETENTION_MS,
  OPERATORS,
  type Operator,
  ORDERS,
  SCORES,
  TIE_BREAKS,
} from '../board-definition.js';
import { type WindowName, WINDOWS } from '../windows/period.js';

/** `board-definition.ts` completes it, and knows the rules between its parts. */
export class DefineBoardDto implements Partial<BoardDefinition> {
  @ApiPropertyOptional({ enum: ORDERS, default: 'desc', description: 'desc: high scores win' })
  @IsOptional()
  @IsIn(ORDERS)
  readonly order?: BoardDefinition['order'];

  @ApiPropertyOptional({
    enum: OPERATORS,
    default: 'best',
    description: 'What a score does that is submitted without an operator',
  })
  @IsOptional()
  @IsIn(OPERATORS)
  readonly operator?: Operator;

  @ApiPropertyOptional({ enum: WINDOWS, isArray: true, default: ['all-time'] })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @IsIn(WINDOWS, { each: true })
  readonly windows?: WindowName[];

  @ApiPropertyOptional({
    default: 'UTC',
    example: 'Europe/Berlin',
    description: 'IANA name: where days, weeks and months begin',
  })
  @IsOptional()
  @IsString()
  readonly timeZone?: string;

  @ApiPropertyOptional({
    enum: TIE_BREAKS,
    default: 'first',
    description:
      'Of those with one score, who ranks better: who reached it first, or last, or has the lower id',
  })
  @IsOptional()
  @IsIn(TIE_BREAKS)
  readonly tieBreak?: BoardDefinition['tieBreak'];

  @ApiPropertyOptional({
    enum: SCORES,
    default: 'int64',
    description:
      'int53 takes half the memory, needs the tie break member, and holds no score beyond ±(2^53 - 1)',
  })
  @IsOptional()
  @IsIn(SCORES)
  readonly scores?: BoardDefinition['scores'];

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: MAX_RETENTION_MS,
    default: 7_776_000_000,
    description: 'How long a day, week or month can be read after its end',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_RETENTION_MS)
  readonly retentionMs?: number;
}
