import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsIn, IsInt, IsNumber, IsOptional, Max, Min } from 'class-validator';
import { IsId } from '../../../http/index.js';
import { type Algorithm, ALGORITHMS, MODES, type Policy, STORE_FAILURES } from '../policy.js';
import { HasLimitOfAlgorithm, IsBurstOfBucket } from './rules.js';

export const MAX_LIMIT = 1_000_000_000;
/** Longer than every month. */
const MAX_WINDOW_MS = 31 * 86_400_000;
const MAX_LISTED_KEYS = 1000;

/** A policy without its name, which is in the path or is the key in the file. */
export class PolicyDto {
  @ApiProperty({ enum: ALGORITHMS, example: 'sliding-window-counter' })
  @IsIn(ALGORITHMS)
  readonly algorithm!: Algorithm;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    maximum: MAX_LIMIT,
    example: 100,
    description: 'Cost that may be spent in one window; 0 refuses all',
  })
  @IsInt()
  @Min(0)
  @Max(MAX_LIMIT)
  @HasLimitOfAlgorithm()
  readonly limit!: number;

  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_WINDOW_MS, example: 60_000 })
  @IsInt()
  @Min(1)
  @Max(MAX_WINDOW_MS)
  readonly windowMs!: number;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: MAX_LIMIT,
    description: 'What a bucket holds; absent: the limit',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_LIMIT)
  @IsBurstOfBucket()
  readonly burst?: number;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: MAX_WINDOW_MS,
    description: 'Whoever goes over the limit is refused for so long; the end forgets the hits',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_WINDOW_MS)
  readonly blockDurationMs?: number;

  @ApiPropertyOptional({
    enum: MODES,
    default: 'enforce',
    description: 'shadow counts what it would refuse, and refuses nothing',
  })
  @IsOptional()
  @IsIn(MODES)
  readonly mode?: Policy['mode'];

  @ApiPropertyOptional({
    enum: STORE_FAILURES,
    default: 'allow',
    description: 'What happens while Redis is away; local: each replica allows its share',
  })
  @IsOptional()
  @IsIn(STORE_FAILURES)
  readonly onStoreFailure?: Policy['onStoreFailure'];

  @ApiPropertyOptional({
    type: [String],
    maxItems: MAX_LISTED_KEYS,
    description: 'Keys that are never refused and never counted',
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_LISTED_KEYS)
  @IsId({ each: true })
  readonly allowKeys?: readonly string[];

  @ApiPropertyOptional({
    type: [String],
    maxItems: MAX_LISTED_KEYS,
    description: 'Keys that are always refused',
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_LISTED_KEYS)
  @IsId({ each: true })
  readonly denyKeys?: readonly string[];

  @ApiPropertyOptional({
    type: 'number',
    minimum: 0,
    maximum: 1,
    default: 0.8,
    description: 'From this share on the limit is near',
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  readonly nearLimitShare?: number;

  /** Null says what absence says, and is not kept: the scripts could not count with it. */
  toPolicy(name: string): Policy {
    const given = Object.entries(this).filter(([, value]) => value !== null && value !== undefined);
    return { name, ...(Object.fromEntries(given) as Omit<Policy, 'name'>) };
  }
}
