import { ApiProperty } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';
import { MAX_TTL_MS, MIN_TTL_MS } from '../lease-options.js';

/** How long a lease lasts from now on. */
export class TtlDto {
  @ApiProperty({ type: 'integer', minimum: MIN_TTL_MS, maximum: MAX_TTL_MS, example: 30_000 })
  @IsInt()
  @Min(MIN_TTL_MS)
  @Max(MAX_TTL_MS)
  readonly ttlMs!: number;
}
