import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsObject, IsOptional } from 'class-validator';
import { IsFieldNames, IsSessionData, MAX_FIELDS } from './is-session-data.js';

export class UpdateSessionDto {
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'Fields of data to set; all others stay. Data has at most 64 kB as JSON',
    example: { theme: 'dark' },
  })
  @IsOptional()
  @IsObject()
  @IsSessionData()
  readonly set?: Record<string, unknown>;

  @ApiPropertyOptional({
    type: [String],
    maxItems: MAX_FIELDS,
    description: 'Fields of data to take away',
    example: ['cart'],
  })
  @IsOptional()
  @IsFieldNames()
  readonly unset?: string[];
}
