import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { IsId } from '../../http/index.js';
import { DeviceDto } from './device.dto.js';
import { IsSessionData } from './is-session-data.js';

const LONGEST_TTL_MS = 400 * 86_400_000;

export class CreateSessionDto {
  @ApiProperty({ description: '1 to 256 bytes', example: 'user-42' })
  @IsId()
  readonly userId!: string;

  @ApiPropertyOptional({ type: [String], maxItems: 32 })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(32)
  @IsString({ each: true })
  @Length(1, 64, { each: true })
  readonly roles?: string[];

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, description: 'At most 64 kB as JSON' })
  @IsOptional()
  @IsObject()
  @IsSessionData()
  readonly data?: Record<string, unknown>;

  @ApiPropertyOptional({ type: DeviceDto })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => DeviceDto)
  readonly device?: DeviceDto;

  @ApiPropertyOptional({ type: 'integer', minimum: 1000 })
  @IsOptional()
  @IsInt()
  @Min(1000)
  @Max(LONGEST_TTL_MS)
  readonly idleTtlMs?: number;

  @ApiPropertyOptional({ type: 'integer', minimum: 1000 })
  @IsOptional()
  @IsInt()
  @Min(1000)
  @Max(LONGEST_TTL_MS)
  readonly absoluteTtlMs?: number;

  @ApiPropertyOptional({ description: 'Also set the session cookie' })
  @IsOptional()
  @IsBoolean()
  readonly cookie?: boolean;
}
