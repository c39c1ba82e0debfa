import type { ColumnType, Generated } from 'kysely';

/** Column names in camelCase; the repository's Kysely turns them into the snake_case of the tables. */
export interface CatalogTables {
  catalogProducts: ProductsTable;
  catalogReviews: ReviewsTable;
}

/** Amounts do not fit an `integer`; pg gives a `bigint` and a `numeric` as text. */
type NumberAsText = ColumnType<string | null, number | null, number | null>;

export interface ProductsTable {
  /** Stays the same when the title changes. */
  id: string;
  title: string;
  /** The title as it is searched and sorted: see searchText. */
  searchTitle: string;
  releasedOn: string | null;
  genre: string | null;
  director: string | null;
  distributor: string | null;
  mpaaRating: string | null;
  budgetUsd: NumberAsText;
  usGrossUsd: NumberAsText;
  worldwideGrossUsd: NumberAsText;
  imdbRating: NumberAsText;
  imdbVotes: number | null;
  version: Generated<number>;
  updatedAt: Generated<Date>;
  /** When an editor changed it last: then a seed leaves it alone. */
  editedAt: Date | null;
}

export interface ReviewsTable {
  id: Generated<string>;
  productId: string;
  userId: string;
  stars: number;
  text: string | null;
  createdAt: Generated<Date>;
}
