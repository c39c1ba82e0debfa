import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString } from 'class-validator';
import { GRANULARITIES, type Granularity } from '../period.js';

export class ActiveUsersQuery {
  @ApiProperty({ format: 'date', description: 'The first period is the one of this day' })
  @IsString()
  readonly from!: string;

  @ApiProperty({ format: 'date', description: 'The last period is the one of this day' })
  @IsString()
  readonly to!: string;

  @ApiPropertyOptional({ enum: GRANULARITIES, default: 'day' })
  @IsOptional()
  @IsIn(GRANULARITIES)
  readonly granularity?: Granularity;
}

export class ActiveUsersOfPeriodDto {
  @ApiProperty({ description: '`2026-11-30`, `2026-W49` (ISO 8601) or `2026-11`, of UTC' })
  readonly period!: string;

  @ApiProperty({ type: 'integer' })
  readonly count!: number;
}

export class ActiveUsersDto {
  @ApiProperty({ type: [ActiveUsersOfPeriodDto] })
  readonly items!: readonly ActiveUsersOfPeriodDto[];
}
