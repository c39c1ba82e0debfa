import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';

export class GetEntryQuery {
  @ApiPropertyOptional({
    enum: ['true', 'false'],
    description: 'true: one of those who ask gets the lease to store a new value, when there is no fresh one',
  })
  @IsOptional()
  @IsIn(['true', 'false'])
  readonly lease?: 'true' | 'false';
}
