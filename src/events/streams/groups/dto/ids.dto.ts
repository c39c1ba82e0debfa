import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { LONGEST_BACKOFF_MS } from '../group-options.js';
import { IsEntryIds, MAX_IDS } from './rules.js';

const IDS = {
  type: 'string',
  isArray: true,
  minItems: 1,
  maxItems: MAX_IDS,
  example: ['1790000000000-0'],
} as const;

export class AckDto {
  @ApiProperty(IDS)
  @IsEntryIds()
  readonly ids!: string[];
}

export class AckedDto {
  @ApiProperty({ type: 'integer', description: 'How many of them were pending' })
  readonly acked!: number;
}

export class NackDto extends AckDto {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: LONGEST_BACKOFF_MS,
    description: "Until the next delivery; the group's backoff unless given",
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(LONGEST_BACKOFF_MS)
  readonly delayMs?: number;
}

export class NackedDto {
  @ApiProperty({ type: 'integer', description: 'How many of them were pending' })
  readonly nacked!: number;
}

export class RedriveDto {
  @ApiPropertyOptional({ ...IDS, description: 'Ids of dead letters; all that there are unless given' })
  @IsOptional()
  @IsEntryIds()
  readonly ids?: string[];
}

export class RedrivenDto {
  @ApiProperty({ type: 'integer' })
  readonly redriven!: number;
}
