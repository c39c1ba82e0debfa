import { ApiProperty } from '@nestjs/swagger';
import type { IssuedLease } from '../lease-desk.js';

export class LeaseDto {
  @ApiProperty({ description: 'Whoever has it may extend and release the lease' })
  readonly leaseId!: string;

  @ApiProperty()
  readonly name!: string;

  @ApiProperty({ enum: ['exclusive', 'shared'] })
  readonly mode!: 'exclusive' | 'shared';

  @ApiProperty({
    description: 'A decimal number that grows for a name for ever',
    example: '1790000000000000',
  })
  readonly fencingToken!: string;

  @ApiProperty({ type: 'integer' })
  readonly ttlMs!: number;

  @ApiProperty({ format: 'date-time' })
  readonly expiresAt!: string;

  static from({ endsAt, fencingToken, ...lease }: IssuedLease): LeaseDto {
    return {
      ...lease,
      fencingToken: String(fencingToken),
      expiresAt: new Date(endsAt).toISOString(),
    };
  }
}
