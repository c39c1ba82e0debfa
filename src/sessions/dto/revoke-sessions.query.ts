import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { IsId } from '../../http/index.js';

export class RevokeSessionsQuery {
  @ApiPropertyOptional({ description: 'The session that stays; none when it is not one of the user’s' })
  @IsOptional()
  @IsId()
  readonly exceptSessionId?: string;
}
