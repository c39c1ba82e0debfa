import { Injectable } from '@nestjs/common';
import {
  CamelCasePlugin,
  type Insertable,
  type Kysely,
  type RawBuilder,
  type Selectable,
  sql,
  type Updateable,
} from 'kysely';
import { Postgres } from '../postgres/index.js';
import type { Position } from './catalog.cursor.js';
import { ProductNotFoundError, ReviewExistsError } from './catalog.errors.js';
import { catalogMigrations } from './catalog.migrations.js';
import type { CatalogTables, ProductsTable, ReviewsTable } from './catalog.tables.js';
import { searchText } from './search-text.js';

export type ProductRow = Selectable<ProductsTable>;
export type ReviewRow = Selectable<ReviewsTable>;
export type NewProduct = Omit<
  Insertable<ProductsTable>,
  'searchTitle' | 'version' | 'updatedAt' | 'editedAt'
>;
export type ProductChanges = Pick<
  Updateable<ProductsTable>,
  'title' | 'genre' | 'director' | 'distributor' | 'mpaaRating'
>;

/** The reviews of one product, summed up. */
export interface ReviewsRow {
  readonly count: number;
  /** To two places; null without reviews. */
  readonly average: number | null;
  /** How many gave 1, 2, 3, 4 and 5 stars. */
  readonly histogram: readonly number[];
  /** Newest first; the instants are text, as JSON has them. */
  readonly latest: readonly (Omit<ReviewRow, 'createdAt'> & { readonly createdAt: string })[];
}

export type ProductWithReviews = ProductRow & { readonly reviews: ReviewsRow };

export interface ProductSearch {
  readonly search?: string;
  readonly after?: Position;
  readonly limit: number;
}

const LATEST_REVIEWS = 5;

/**
 * Sums the reviews of the row `product` up in one JSON value: a subquery, because a join would multiply the
 * product's row by its reviews.
 */
const reviewsOfProduct = sql<ReviewsRow>`(
  select json_build_object(
    'count', count(*),
    'average', round(avg(stars), 2),
    'histogram', json_build_array(
      count(*) filter (where stars = 1), count(*) filter (where stars = 2), count(*) filter (where stars = 3),
      count(*) filter (where stars = 4), count(*) filter (where stars = 5)
    ),
    'latest', (
      select coalesce(json_agg(latest), '[]')
      from (
        select id, product_id, user_id, stars, text, created_at
        from catalog_reviews where product_id = product.id
        order by created_at desc, id desc limit ${sql.lit(LATEST_REVIEWS)}
      ) latest
    )
  )
  from catalog_reviews where product_id = product.id
)`;

/** The catalog's tables. Every method is one query, so one round trip. */
@Injectable()
export class CatalogRepository {
  private readonly db: Kysely<CatalogTables>;

  constructor(postgres: Postgres) {
    postgres.migrations.register('catalog', catalogMigrations);
    this.db = postgres.db<CatalogTables>().withPlugin(new CamelCasePlugin());
  }

  /** The product and its reviews; O(reviews of the product). */
  find(id: string): Promise<ProductWithReviews | undefined> {
    return this.db
      .selectFrom('catalogProducts as product')
      .selectAll()
      .select(reviewsOfProduct.as('reviews'))
      .where('id', '=', id)
      .executeTakeFirst();
  }

  /**
   * Products by title, from a position on. The index gives the order and the beginning, so a page without a search
   * costs its own length however far it is; a search reads on until the page is full.
   *
   * @param search is contained in the title, without regard to case and accents.
   */
  search({ search, after, limit }: ProductSearch): Promise<ProductRow[]> {
    let query = this.db
      .selectFrom('catalogProducts')
      .selectAll()
      .orderBy('searchTitle')
      .orderBy('id')
      .limit(limit);
    if (search) query = query.where('searchTitle', 'like', `%${escapeLike(searchText(search))}%`);
    if (after) {
      query = query.where(({ eb, refTuple, tuple }) =>
        eb(refTuple('searchTitle', 'id'), '>', tuple(after.searchTitle, after.id)),
      );
    }
    return query.execute();
  }

  /**
   * Changes a product and reads it with its reviews.
   *
   * @param version changes it only from this version.
   * @returns undefined when there is no such product, or not in that version.
   */
  update(id: string, changes: ProductChanges, version?: number): Promise<ProductWithReviews | undefined> {
    const searchTitle = changes.title === undefined ? {} : { searchTitle: searchText(changes.title) };
    return this.db
      .with('product', (db) =>
        db
          .updateTable('catalogProducts')
          .set({ ...changes, ...searchTitle, updatedAt: sql`now()`, editedAt: sql`now()` })
          .set((eb) => ({ version: eb('version', '+', 1) }))
          .where('id', '=', id)
          .$if(version !== undefined, (update) => update.where('version', '=', version!))
          .returningAll(),
      )
      .selectFrom('product')
      .selectAll()
      .select(reviewsOfProduct.as('reviews'))
      .executeTakeFirst();
  }

  async exists(id: string): Promise<boolean> {
    const found = await this.db
      .selectFrom('catalogProducts')
      .select('id')
      .where('id', '=', id)
      .executeTakeFirst();
    return found !== undefined;
  }

  /** @throws ProductNotFoundError, ReviewExistsError */
  async addReview(review: Insertable<ReviewsTable>): Promise<ReviewRow> {
    try {
      return await this.db
        .insertInto('catalogReviews')
        .values(review)
        .returningAll()
        .executeTakeFirstOrThrow();
    } catch (error) {
      throw toReviewError(error);
    }
  }

  async isEmpty(): Promise<boolean> {
    return (
      (await this.db.selectFrom('catalogProducts').select('id').limit(1).executeTakeFirst()) === undefined
    );
  }

  /**
   * Writes products by their ids. What has not changed is not touched, and what an editor has changed is left to
   * the editor.
   *
   * @returns how many are new, and how many were changed.
   */
  async upsert(products: readonly NewProduct[]): Promise<{ inserted: number; updated: number }> {
    const rows = products.map((product) => ({ ...product, searchTitle: searchText(product.title) }));
    const written = await this.db
      .insertInto('catalogProducts')
      .values(rows)
      .onConflict((conflict) =>
        conflict
          .column('id')
          .doUpdateSet(({ ref }) => ({
            ...Object.fromEntries(SEEDED_COLUMNS.map((column) => [column, ref(`excluded.${column}`)])),
            version: sql<number>`catalog_products.version + 1`,
            updatedAt: sql<Date>`now()`,
          }))
          .where('catalogProducts.editedAt', 'is', null)
          .where(sql<boolean>`${seededOf('catalogProducts')} is distinct from ${seededOf('excluded')}`),
      )
      // A row that this very statement made has no earlier version.
      .returning(sql<boolean>`xmax = 0`.as('isNew'))
      .execute();
    const inserted = written.filter(({ isNew }) => isNew).length;
    return { inserted, updated: written.length - inserted };
  }
}

/** What a seed writes, besides the id. */
const SEEDED_COLUMNS = [
  'title',
  'searchTitle',
  'releasedOn',
  'genre',
  'director',
  'distributor',
  'mpaaRating',
  'budgetUsd',
  'usGrossUsd',
  'worldwideGrossUsd',
  'imdbRating',
  'imdbVotes',
] as const satisfies readonly (keyof ProductsTable)[];

function seededOf(table: string): RawBuilder<unknown> {
  return sql`(${sql.join(SEEDED_COLUMNS.map((column) => sql.ref(`${table}.${column}`)))})`;
}

/** `%` and `_` of a search are meant as they stand. */
function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

/** The constraints decide, and not a read before the write: between the two another request could be served. */
function toReviewError(error: unknown): unknown {
  switch ((error as { constraint?: string }).constraint) {
    case 'catalog_reviews_product':
      return new ProductNotFoundError();
    case 'catalog_reviews_one_a_user':
      return new ReviewExistsError();
    default:
      return error;
  }
}
