import { ApiProperty } from '@nestjs/swagger';
import type { Standing } from '../../../leaderboard/index.js';
import type { ProductRow } from '../../catalog.repository.js';
import { ProductDto } from '../../dto/product.dto.js';

export class RankedProductDto {
  @ApiProperty({ type: 'integer', minimum: 1, description: '1 has the most' })
  readonly rank!: number;

  @ApiProperty({ type: 'integer', description: 'Those of IMDb, and the reviews that were written here' })
  readonly votes!: number;

  @ApiProperty({ type: ProductDto })
  readonly product!: ProductDto;
}

export class MostReviewedPageDto {
  @ApiProperty({ type: [RankedProductDto] })
  readonly items!: RankedProductDto[];

  @ApiProperty({ type: 'integer', description: 'Products with votes' })
  readonly total!: number;

  @ApiProperty({ type: String, nullable: true, description: 'null on the last page' })
  readonly nextCursor!: string | null;

  /** A product that is on the board and not in the database any more is left out. */
  static from(
    standings: readonly Standing[],
    products: readonly ProductRow[],
    total: number,
    nextCursor: string | null,
  ): MostReviewedPageDto {
    const byId = new Map(products.map((row) => [row.id, row]));
    const items = standings.flatMap(({ rank, member, score }) => {
      const row = byId.get(member);
      return row ? [{ rank, votes: Number(score), product: ProductDto.from(row) }] : [];
    });
    return { items, total, nextCursor };
  }
}
