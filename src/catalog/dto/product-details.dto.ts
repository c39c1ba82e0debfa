import { ApiProperty } from '@nestjs/swagger';
import type { ProductWithReviews } from '../catalog.repository.js';
import { ProductDto } from './product.dto.js';
import { ReviewSummaryDto } from './review-summary.dto.js';

export class ProductDetailsDto extends ProductDto {
  @ApiProperty({ type: ReviewSummaryDto })
  readonly reviews!: ReviewSummaryDto;

  static override from(row: ProductWithReviews): ProductDetailsDto {
    return { ...ProductDto.from(row), reviews: ReviewSummaryDto.from(row.reviews) };
  }
}
