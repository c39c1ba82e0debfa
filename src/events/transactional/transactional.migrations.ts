import { type Kysely, sql } from 'kysely';
import type { FeatureMigrations } from '../../postgres/index.js';

/** A migration is never changed once it has run anywhere; what comes later is a new one. */
export const transactionalMigrations: FeatureMigrations = {
  '001-outbox-and-inbox': { up: createTables, down: dropTables },
};

/** The outbox is emptied all the time: vacuumed early, it stays as small as it is. */
async function createTables(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table events_outbox (
      id bigint generated always as identity primary key,
      stream bytea not null,
      event text not null,
      created_at timestamptz not null default clock_timestamp()
    ) with (autovacuum_vacuum_scale_factor = 0.02)`.execute(db);
  await sql`
    create table events_inbox (
      digest bytea primary key,
      handled_at timestamptz not null default now()
    )`.execute(db);
  await sql`create index events_inbox_age on events_inbox (handled_at)`.execute(db);
}

async function dropTables(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropTable('events_inbox').execute();
  await db.schema.dropTable('events_outbox').execute();
}
