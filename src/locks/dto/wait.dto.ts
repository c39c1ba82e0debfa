import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { IsId } from '../../http/index.js';
import { MAX_WAIT_MS } from '../lease-options.js';
import { TtlDto } from './ttl.dto.js';

/** What every request for a lease says. */
export class WaitDto extends TtlDto {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: MAX_WAIT_MS,
    default: 0,
    description: 'How long the answer waits while it is taken; closing the connection ends the wait',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_WAIT_MS)
  readonly waitMs?: number;

  @ApiPropertyOptional({ description: 'Who asks, shown to others: 1 to 256 bytes' })
  @IsOptional()
  @IsId()
  readonly owner?: string;
}
