import { ApiProperty } from '@nestjs/swagger';
import type { ProductRow } from '../catalog.repository.js';

const text = { type: String, nullable: true } as const;
const amount = { type: 'integer', nullable: true, minimum: 1 } as const;

export class ProductDto {
  @ApiProperty({ description: 'Stays the same when the title changes', example: 'the-land-girls-1998' })
  readonly id!: string;

  @ApiProperty({ example: 'The Land Girls' })
  readonly title!: string;

  @ApiProperty({ ...text, format: 'date', example: '1998-06-12' })
  readonly releasedOn!: string | null;

  @ApiProperty(text)
  readonly genre!: string | null;

  @ApiProperty(text)
  readonly director!: string | null;

  @ApiProperty(text)
  readonly distributor!: string | null;

  @ApiProperty({ ...text, example: 'PG-13' })
  readonly mpaaRating!: string | null;

  @ApiProperty(amount)
  readonly budgetUsd!: number | null;

  @ApiProperty(amount)
  readonly usGrossUsd!: number | null;

  @ApiProperty(amount)
  readonly worldwideGrossUsd!: number | null;

  @ApiProperty({ type: Number, nullable: true, minimum: 1, maximum: 10 })
  readonly imdbRating!: number | null;

  @ApiProperty(amount)
  readonly imdbVotes!: number | null;

  @ApiProperty({ type: 'integer', description: 'Grows with every change' })
  readonly version!: number;

  @ApiProperty({ format: 'date-time' })
  readonly updatedAt!: string;

  static from(row: ProductRow): ProductDto {
    return {
      id: row.id,
      title: row.title,
      releasedOn: row.releasedOn,
      genre: row.genre,
      director: row.director,
      distributor: row.distributor,
      mpaaRating: row.mpaaRating,
      budgetUsd: toNumber(row.budgetUsd),
      usGrossUsd: toNumber(row.usGrossUsd),
      worldwideGrossUsd: toNumber(row.worldwideGrossUsd),
      imdbRating: toNumber(row.imdbRating),
      imdbVotes: row.imdbVotes,
      version: row.version,
      updatedAt: row.updatedAt.toISOString(),
    };
  }
}

/** No amount of dollars comes near 2^53. */
function toNumber(text: string | null): number | null {
  return text === null ? null : Number(text);
}
