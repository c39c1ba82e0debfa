import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { type JsonInt64, toJsonInt64 } from '../int64.js';
import type { RefusedEntry, Submission } from '../submission.js';
import { INT64_SCHEMA } from './is-int64.js';

/** In the widest window of the leaderboard. */
export class SubmissionDto {
  @ApiProperty()
  readonly member!: string;

  @ApiProperty(INT64_SCHEMA)
  readonly score!: JsonInt64;

  @ApiProperty({ ...INT64_SCHEMA, nullable: true })
  readonly previousScore!: JsonInt64 | null;

  @ApiProperty({ type: 'integer', minimum: 1 })
  readonly rank!: number;

  @ApiProperty()
  readonly changed!: boolean;

  static from({ member, score, previousScore, rank, changed }: Submission): SubmissionDto {
    const previous = previousScore === null ? null : toJsonInt64(previousScore);
    return { member, score: toJsonInt64(score), previousScore: previous, rank, changed };
  }
}

/** An entry that is filed in no window. */
export class RefusedEntryDto implements RefusedEntry {
  @ApiProperty()
  readonly member!: string;

  @ApiProperty({ enum: ['SCORE_OUT_OF_RANGE'] })
  readonly code!: RefusedEntry['code'];
}

@ApiExtraModels(SubmissionDto, RefusedEntryDto)
export class SubmissionsDto {
  @ApiProperty({
    type: 'array',
    items: { oneOf: [{ $ref: getSchemaPath(SubmissionDto) }, { $ref: getSchemaPath(RefusedEntryDto) }] },
    description: 'In the order of the entries',
  })
  readonly items!: (SubmissionDto | RefusedEntryDto)[];

  static from(submissions: readonly (Submission | RefusedEntry)[]): SubmissionsDto {
    return { items: submissions.map((each) => ('code' in each ? each : SubmissionDto.from(each))) };
  }
}
