import { ApiProperty } from '@nestjs/swagger';
import type { ReviewsRow } from '../catalog.repository.js';
import { ReviewDto } from './review.dto.js';

export class ReviewSummaryDto {
  @ApiProperty({ type: 'integer' })
  readonly count!: number;

  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'To two places; null without reviews',
    example: 4.33,
  })
  readonly averageStars!: number | null;

  @ApiProperty({
    description: 'How many reviews gave each number of stars',
    type: 'object',
    additionalProperties: { type: 'integer' },
    example: { 1: 0, 2: 0, 3: 1, 4: 0, 5: 2 },
  })
  readonly histogram!: Readonly<Record<string, number>>;

  @ApiProperty({ type: [ReviewDto], description: 'The five newest, newest first' })
  readonly latest!: ReviewDto[];

  static from({ count, average, histogram, latest }: ReviewsRow): ReviewSummaryDto {
    return {
      count,
      averageStars: average,
      histogram: Object.fromEntries(histogram.map((reviews, index) => [index + 1, reviews])),
      latest: latest.map((review) => ReviewDto.from(review)),
    };
  }
}
