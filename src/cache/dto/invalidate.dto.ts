import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsOptional } from 'class-validator';
import { IsId } from '../../http/index.js';

const MAX_LISTED = 1000;

export class InvalidateDto {
  @ApiPropertyOptional({ type: [String], maxItems: MAX_LISTED, example: ['product:42'] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_LISTED)
  @IsId({ each: true })
  readonly keys?: string[];

  @ApiPropertyOptional({ type: [String], maxItems: MAX_LISTED })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_LISTED)
  @IsId({ each: true })
  readonly tags?: string[];

  @ApiPropertyOptional({ description: 'What keys begin with: 1 to 256 bytes' })
  @IsOptional()
  @IsId()
  readonly prefix?: string;
}

/** How many of each were invalidated. */
export class InvalidatedDto {
  @ApiProperty({ type: 'integer' })
  readonly keys!: number;

  @ApiProperty({ type: 'integer' })
  readonly tags!: number;

  @ApiProperty({ type: 'integer', description: '1 when a prefix was given' })
  readonly prefix!: number;
}
