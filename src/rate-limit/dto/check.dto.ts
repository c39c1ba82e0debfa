import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsISO8601, IsOptional, Max, Min } from 'class-validator';
import { IsId } from '../../http/index.js';
import { MAX_LIMIT } from '../policies/dto/policy.dto.js';

export class CheckDto {
  @ApiProperty({ example: 'login' })
  @IsId()
  readonly policy!: string;

  @ApiProperty({ description: 'Who spends; 1 to 256 bytes', example: 'user-42' })
  @IsId()
  readonly key!: string;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: 1 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_LIMIT)
  readonly cost?: number;
}

export class RefundDto extends CheckDto {
  @ApiPropertyOptional({
    format: 'date-time',
    description:
      '`chargedAt` of the decision: nothing is taken from a later window. Absent: the newest hits.',
  })
  @IsOptional()
  @IsISO8601({ strict: true })
  readonly chargedAt?: string;
}
