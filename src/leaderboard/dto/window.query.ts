import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString } from 'class-validator';
import type { WindowChoice } from '../leaderboard-queries.js';
import { type WindowName, WINDOWS } from '../windows/period.js';

/** Which window is asked. */
export class WindowQuery implements WindowChoice {
  @ApiPropertyOptional({ enum: WINDOWS, description: 'The widest of the leaderboard, unless given' })
  @IsOptional()
  @IsIn(WINDOWS)
  readonly window?: WindowName;

  @ApiPropertyOptional({
    description:
      'A date of its time zone or an instant: the period that this lies in, and not the present one',
    example: '2026-11-30',
  })
  @IsOptional()
  @IsString()
  readonly at?: string;
}
