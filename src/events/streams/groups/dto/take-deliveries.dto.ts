import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { IsId } from '../../../../http/index.js';

const MAX_COUNT = 1000;
const MAX_WAIT_MS = 30_000;

export class TakeDeliveriesDto {
  @ApiProperty({ description: 'Who takes them, in the words of the group: 1 to 256 bytes' })
  @IsId()
  readonly consumer!: string;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: MAX_COUNT, default: 10 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_COUNT)
  readonly maxCount: number = 10;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: MAX_WAIT_MS,
    default: 0,
    description: 'How long the answer waits while there is nothing; closing the connection ends the wait',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_WAIT_MS)
  readonly waitMs: number = 0;
}
