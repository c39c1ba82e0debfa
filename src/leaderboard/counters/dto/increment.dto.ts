import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional, NotEquals } from 'class-validator';
import { INT64_SCHEMA, IsInt64 } from '../../dto/is-int64.js';

export class IncrementDto {
  @ApiPropertyOptional({
    ...INT64_SCHEMA,
    example: 1,
    default: 1,
    description: 'Not 0; negative ones count down',
  })
  @IsOptional()
  @IsInt64()
  @NotEquals(0n, { message: 'must not be 0' })
  readonly by?: bigint;

  @ApiPropertyOptional({
    description: 'Keep windows from now on: 120 minutes, 168 hours, 400 days',
    default: false,
  })
  @IsOptional()
  @IsBoolean()
  readonly windows?: boolean;
}
