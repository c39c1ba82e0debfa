import { ApiProperty } from '@nestjs/swagger';

export class ReviewDto {
  @ApiProperty({ format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ example: 'the-land-girls-1998' })
  readonly productId!: string;

  @ApiProperty({ description: 'The author', example: 'user-42' })
  readonly userId!: string;

  @ApiProperty({ type: 'integer', minimum: 1, maximum: 5 })
  readonly stars!: number;

  @ApiProperty({ type: String, nullable: true })
  readonly text!: string | null;

  @ApiProperty({ format: 'date-time' })
  readonly createdAt!: string;

  /** The database gives an instant as a Date, and inside JSON as text. */
  static from({
    createdAt,
    ...review
  }: Omit<ReviewDto, 'createdAt'> & { createdAt: Date | string }): ReviewDto {
    const { id, productId, userId, stars, text } = review;
    return { id, productId, userId, stars, text, createdAt: new Date(createdAt).toISOString() };
  }
}
