import { ApiProperty } from '@nestjs/swagger';
import { IsString } from 'class-validator';
import { IsQueryInteger } from '../../../http/index.js';
import { MAX_DAYS } from '../activity.service.js';

export class RetentionQuery {
  @ApiProperty({ format: 'date', description: 'The day whose users are looked for on later days' })
  @IsString()
  readonly cohort!: string;

  @IsQueryInteger({
    minimum: 0,
    maximum: MAX_DAYS,
    default: 7,
    description: 'How many days after it: with 7 there are items for day 0, the cohort’s own, to day 7',
  })
  readonly days: number = 7;
}

export class RetainedDto {
  @ApiProperty({ type: 'integer', description: 'Days after the cohort’s' })
  readonly day!: number;

  @ApiProperty({ type: 'integer', description: 'Users of the cohort who were active' })
  readonly count!: number;
}

export class RetentionDto {
  @ApiProperty({ format: 'date' })
  readonly cohort!: string;

  @ApiProperty({ type: 'integer', description: 'Users who were active on the day of the cohort' })
  readonly size!: number;

  @ApiProperty({ type: [RetainedDto] })
  readonly items!: readonly RetainedDto[];
}
