import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, IsString, Length, Min } from 'class-validator';

const LONGEST_TEXT = 10_000;

export class SaveExampleNameDto {
  @ApiProperty({ minLength: 1, maxLength: LONGEST_TEXT })
  @IsString()
  @Length(1, LONGEST_TEXT)
  readonly text!: string;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    description: 'The version that the change was made from, 0 for a new entry; absent: whatever is there',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  readonly expectedVersion?: number;
}
