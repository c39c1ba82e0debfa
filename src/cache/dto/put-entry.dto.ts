import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import { IsId, IsPresent } from '../../http/index.js';
import { MAX_DURATION_MS, MAX_TAGS } from '../loads/load-policy.js';

export class PutEntryDto {
  @ApiProperty({ description: 'Any JSON', example: { title: 'Solaris' } })
  @IsPresent()
  readonly value!: unknown;

  @ApiProperty({
    type: 'integer',
    minimum: 1,
    maximum: MAX_DURATION_MS,
    example: 60_000,
    description: 'How long it is fresh; up to 5 % are taken off, so that entries do not expire together',
  })
  @IsInt()
  @Min(1)
  @Max(MAX_DURATION_MS)
  readonly ttlMs!: number;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: MAX_DURATION_MS,
    default: 0,
    description: 'How long after that it still stands in, as stale',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_DURATION_MS)
  readonly graceMs?: number;

  @ApiPropertyOptional({ type: [String], maxItems: MAX_TAGS, description: 'Each of 1 to 256 bytes' })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_TAGS)
  @IsId({ each: true })
  readonly tags?: string[];

  @ApiPropertyOptional({ description: 'Of GET with lease=true: it is stored only while the lease is alive' })
  @IsOptional()
  @IsString()
  @Length(1, 64)
  readonly leaseToken?: string;
}
