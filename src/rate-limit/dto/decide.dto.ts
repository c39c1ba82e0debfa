import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn, IsOptional, ValidateNested } from 'class-validator';
import { CheckDto, RefundDto } from './check.dto.js';

const MAX_CHECKS = 16;

export class DecideDto {
  @ApiProperty({ type: [CheckDto], minItems: 1, maxItems: MAX_CHECKS })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_CHECKS)
  @ValidateNested({ each: true })
  @Type(() => CheckDto)
  readonly checks!: readonly CheckDto[];
}

export class RefundsDto {
  @ApiProperty({ type: [RefundDto], minItems: 1, maxItems: MAX_CHECKS })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_CHECKS)
  @ValidateNested({ each: true })
  @Type(() => RefundDto)
  readonly checks!: readonly RefundDto[];
}

export class DecideQuery {
  @ApiPropertyOptional({ enum: ['true', 'false'], description: 'true: a refusal is answered with 429' })
  @IsOptional()
  @IsIn(['true', 'false'])
  readonly enforce?: 'true' | 'false';
}
