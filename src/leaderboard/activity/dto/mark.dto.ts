import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn, IsOptional } from 'class-validator';
import { IsId } from '../../../http/index.js';
import { MAX_USERS } from '../activity.service.js';
import type { ActivityMode } from '../activity.scripts.js';
import { IsInstant } from './is-instant.js';

export class MarkDto {
  @ApiPropertyOptional({ example: 'ada', description: 'Who was active: 1 to 256 bytes. Or `userIds`' })
  @IsOptional()
  @IsId()
  readonly userId?: string;

  @ApiPropertyOptional({ type: [String], minItems: 1, maxItems: MAX_USERS })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_USERS)
  @IsId({ each: true })
  readonly userIds?: readonly string[];

  @ApiPropertyOptional({
    format: 'date-time',
    description: 'When they were active: an instant, or a day of UTC. Absent: now',
  })
  @IsOptional()
  @IsInstant()
  readonly at?: string;

  @ApiPropertyOptional({
    enum: ['exact', 'approximate'],
    description:
      'Chosen by the first mark of an activity, for good. Absent: the mode that it has; of a new one exact',
  })
  @IsOptional()
  @IsIn(['exact', 'approximate'])
  readonly mode?: ActivityMode;
}

export class MarkedDto {
  @ApiProperty({ type: 'integer', description: 'How many users; ids that come twice are one' })
  readonly marked!: number;
}
