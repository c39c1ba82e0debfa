import { ApiProperty } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';
import { MAX_PERMITS } from '../lease-options.js';
import { WaitDto } from './wait.dto.js';

export class AcquirePermitDto extends WaitDto {
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    maximum: MAX_PERMITS,
    example: 10,
    description: 'How many leases there may be at once',
  })
  @IsInt()
  @Min(1)
  @Max(MAX_PERMITS)
  readonly permits!: number;
}
