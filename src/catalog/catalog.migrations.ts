import { type Kysely, sql } from 'kysely';
import type { FeatureMigrations } from '../postgres/index.js';

/** A migration is never changed once it has run anywhere; what comes later is a new one. */
export const catalogMigrations: FeatureMigrations = {
  '001-products-and-reviews': { up: createProductsAndReviews, down: dropProductsAndReviews },
};

/**
 * Ids and search titles collate by byte ("C"): so their order, and with it every cursor, is the same on every server,
 * and `(search_title, id)` is one index for the order and for the place where a page begins.
 */
async function createProductsAndReviews(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table catalog_products (
      id text collate "C" primary key,
      title text not null,
      search_title text collate "C" not null,
      released_on date,
      genre text,
      director text,
      distributor text,
      mpaa_rating text,
      budget_usd bigint check (budget_usd > 0),
      us_gross_usd bigint check (us_gross_usd > 0),
      worldwide_gross_usd bigint check (worldwide_gross_usd > 0),
      imdb_rating numeric(3, 1) check (imdb_rating between 1 and 10),
      imdb_votes integer check (imdb_votes > 0),
      version integer not null default 1,
      updated_at timestamptz(3) not null default now(),
      edited_at timestamptz(3)
    )`.execute(db);
  await sql`create index catalog_products_by_title on catalog_products (search_title, id)`.execute(db);
  await sql`
    create table catalog_reviews (
      id uuid primary key default gen_random_uuid(),
      product_id text collate "C" not null constraint catalog_reviews_product
        references catalog_products on delete cascade,
      user_id text not null,
      stars smallint not null check (stars between 1 and 5),
      text text,
      created_at timestamptz(3) not null default now(),
      constraint catalog_reviews_one_a_user unique (product_id, user_id)
    )`.execute(db);
  await sql`
    create index catalog_reviews_latest on catalog_reviews (product_id, created_at desc, id desc)`.execute(
    db,
  );
}

async function dropProductsAndReviews(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropTable('catalog_reviews').execute();
  await db.schema.dropTable('catalog_products').execute();
}
