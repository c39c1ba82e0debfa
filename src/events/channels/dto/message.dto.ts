import { ApiProperty } from '@nestjs/swagger';
import { IsPresent } from '../../../http/index.js';

export class MessageDto {
  @ApiProperty({ description: 'Any JSON', example: { page: '/home' } })
  @IsPresent()
  readonly data!: unknown;
}

export class ReceiversDto {
  @ApiProperty({
    type: 'integer',
    description: 'How many processes have heard it; in a Cluster those of one node',
  })
  readonly receivers!: number;
}
