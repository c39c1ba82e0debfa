import { type Kysely, sql } from 'kysely';
import type { FeatureMigrations } from '../../postgres/index.js';

/** A migration is never changed once it has run anywhere; what comes later is a new one. */
export const seasonsMigrations: FeatureMigrations = {
  '001-seasons': { up: createSeasons, down: dropSeasons },
};

/** Metadata is `json` and not `jsonb`, which refuses some of what JSON can say: `\u0000`, half a surrogate pair. */
async function createSeasons(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table leaderboard_seasons (
      id integer generated always as identity primary key,
      board bytea not null,
      time_window text not null,
      period text not null,
      time_zone text not null,
      starts_at timestamptz(3) not null,
      ends_at timestamptz(3) not null,
      members integer not null default 0,
      cursor text,
      completed_at timestamptz(3),
      constraint leaderboard_seasons_once unique (board, time_window, starts_at)
    )`.execute(db);
  await sql`
    create table leaderboard_seasons_members (
      season_id integer not null references leaderboard_seasons on delete cascade,
      rank integer not null,
      member bytea not null,
      score bigint not null,
      metadata json,
      primary key (season_id, rank),
      constraint leaderboard_seasons_members_once unique (season_id, member)
    )`.execute(db);
}

async function dropSeasons(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropTable('leaderboard_seasons_members').execute();
  await db.schema.dropTable('leaderboard_seasons').execute();
}
