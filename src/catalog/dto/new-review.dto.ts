import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { IsStorableText } from './rules.js';

export class NewReviewDto {
  @ApiProperty({ type: 'integer', minimum: 1, maximum: 5 })
  @IsInt()
  @Min(1)
  @Max(5)
  readonly stars!: number;

  @ApiPropertyOptional({ type: String, nullable: true, minLength: 1, maxLength: 5000 })
  @IsOptional()
  @IsStorableText(1, 5000)
  readonly text?: string | null;
}
