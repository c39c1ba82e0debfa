import type { ColumnType, Generated } from 'kysely';

/** Column names in camelCase; the repository's Kysely turns them into the snake_case of the tables. */
export interface SeasonsTables {
  leaderboardSeasons: SeasonsTable;
  leaderboardSeasonsMembers: SeasonsMembersTable;
}

export interface SeasonsTable {
  id: Generated<number>;
  /** UTF-8: text of Postgres has no NUL. */
  board: Buffer;
  timeWindow: string;
  /** `2026-11-30`, `2026-W49`, `2026-11`, in the time zone. */
  period: string;
  timeZone: string;
  startsAt: Date;
  endsAt: Date;
  /** How many are archived so far. */
  members: Generated<number>;
  /** Where the next page begins. */
  cursor: string | null;
  /** Null until every member is archived. */
  completedAt: Date | null;
}

export interface SeasonsMembersTable {
  seasonId: number;
  rank: number;
  /** UTF-8. */
  member: Buffer;
  /** pg gives a `bigint` as text. */
  score: ColumnType<string, string, never>;
  metadata: unknown;
}
