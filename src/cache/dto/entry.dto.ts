import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class EntryDto {
  @ApiProperty({ description: 'As it was stored' })
  readonly value!: unknown;

  @ApiProperty({ enum: ['fresh', 'stale'] })
  readonly state!: 'fresh' | 'stale';

  @ApiProperty({ type: 'integer', description: 'For how long it is fresh; 0 when it is stale' })
  readonly ttlMs!: number;

  @ApiProperty({ type: [String] })
  readonly tags!: readonly string[];

  @ApiPropertyOptional({ description: 'With lease=true, for one of those who ask while it is stale' })
  readonly leaseToken?: string;
}
