import { Injectable } from '@nestjs/common';
import { CamelCasePlugin, type Kysely, sql } from 'kysely';
import { Postgres } from '../../postgres/index.js';
import type { ProductRow } from '../catalog.repository.js';
import type { CatalogTables } from '../catalog.tables.js';

/** How often a product was voted for, where the data comes from and here. */
export interface ProductVotes {
  readonly id: string;
  /** A `bigint`, as text. */
  readonly votes: string;
}

/** What the board is made from, and what its entries are shown as. */
@Injectable()
export class MostReviewedRepository {
  private readonly db: Kysely<CatalogTables>;

  constructor(postgres: Postgres) {
    this.db = postgres.db<CatalogTables>().withPlugin(new CamelCasePlugin());
  }

  /**
   * The products that have votes. One query, O(products and their reviews).
   *
   * @param id that one alone, in O(its reviews).
   */
  votes(id?: string): Promise<ProductVotes[]> {
    const reviews = sql`(select count(*) from catalog_reviews where product_id = product.id)`;
    const votes = sql<string>`coalesce(imdb_votes, 0) + ${reviews}`;
    const query = this.db
      .selectFrom('catalogProducts as product')
      .select(['id', votes.as('votes')])
      .where(votes, '>', '0');
    return (id === undefined ? query : query.where('id', '=', id)).execute();
  }

  /** In no order. One query, O(ids × log n). */
  products(ids: readonly string[]): Promise<ProductRow[]> {
    return this.db
      .selectFrom('catalogProducts')
      .selectAll()
      .where('id', '=', sql<string>`any(${ids})`)
      .execute();
  }
}
