import { ApiProperty } from '@nestjs/swagger';

export class RedisMemoryDto {
  @ApiProperty({ type: 'integer' })
  readonly usedBytes!: number;

  @ApiProperty({ type: 'integer', description: '0: no limit is set' })
  readonly maxBytes!: number;

  @ApiProperty({ example: 'noeviction' })
  readonly policy!: string;

  @ApiProperty({ type: 'number' })
  readonly fragmentationRatio!: number;

  @ApiProperty({ type: 'integer' })
  readonly clients!: number;

  @ApiProperty({ type: 'number', nullable: true, description: '0 to 1; null before the first lookup' })
  readonly hitRatio!: number | null;

  @ApiProperty({ type: [String], description: 'What to change, in words; empty when all is well' })
  readonly advice!: string[];

  @ApiProperty({ type: () => RedisMemoryDto, required: false, description: 'The Redis of CACHE_REDIS_URL' })
  readonly cache?: RedisMemoryDto;
}
