import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { WaitDto } from './wait.dto.js';

export class AcquireLockDto extends WaitDto {
  @ApiPropertyOptional({ enum: ['exclusive', 'shared'], default: 'exclusive' })
  @IsOptional()
  @IsIn(['exclusive', 'shared'])
  readonly mode?: 'exclusive' | 'shared';
}
