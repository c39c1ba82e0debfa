import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { GROUP_BOUNDS, GROUP_DEFAULTS } from '../group-options.js';

const [MIN_DELIVERIES, MAX_DELIVERIES] = GROUP_BOUNDS.maxDeliveries;
const [MIN_ACK_MS, MAX_ACK_MS] = GROUP_BOUNDS.ackTimeoutMs;
const [MIN_BACKOFF_MS, MAX_BACKOFF_MS] = GROUP_BOUNDS.backoffMs;

export class DefineGroupDto {
  @ApiPropertyOptional({
    default: 'beginning',
    description: '`beginning`, `now`, or the id of an event, after which a group that is new begins',
  })
  @IsOptional()
  @IsString()
  readonly startAt?: string;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: MIN_DELIVERIES,
    maximum: MAX_DELIVERIES,
    default: GROUP_DEFAULTS.maxDeliveries,
    description: 'So often an event is delivered before it is a dead letter',
  })
  @IsOptional()
  @IsInt()
  @Min(MIN_DELIVERIES)
  @Max(MAX_DELIVERIES)
  readonly maxDeliveries?: number;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: MIN_ACK_MS,
    maximum: MAX_ACK_MS,
    default: GROUP_DEFAULTS.ackTimeoutMs,
    description: 'What is not acknowledged for so long is delivered again',
  })
  @IsOptional()
  @IsInt()
  @Min(MIN_ACK_MS)
  @Max(MAX_ACK_MS)
  readonly ackTimeoutMs?: number;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: MIN_BACKOFF_MS,
    maximum: MAX_BACKOFF_MS,
    default: GROUP_DEFAULTS.backoffMs,
    description: 'Before the second delivery; it doubles with each one, up to an hour',
  })
  @IsOptional()
  @IsInt()
  @Min(MIN_BACKOFF_MS)
  @Max(MAX_BACKOFF_MS)
  readonly backoffMs?: number;
}
