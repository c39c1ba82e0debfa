import { Injectable } from '@nestjs/common';
import { CamelCasePlugin, type Insertable, type Kysely, type Selectable, sql } from 'kysely';
import { Postgres } from '../../postgres/index.js';
import type { Standing } from '../standing.js';
import { seasonsMigrations } from './seasons.migrations.js';
import type { SeasonsMembersTable, SeasonsTable, SeasonsTables } from './seasons.tables.js';

export type SeasonRow = Selectable<SeasonsTable>;
export type NewSeason = Omit<Insertable<SeasonsTable>, 'members' | 'cursor' | 'completedAt'>;

type MemberRow = Omit<Selectable<SeasonsMembersTable>, 'seasonId'>;

/** The tables of archived seasons. */
@Injectable()
export class SeasonsRepository {
  private readonly db: Kysely<SeasonsTables>;

  constructor(postgres: Postgres) {
    postgres.migrations.register('leaderboard_seasons', seasonsMigrations);
    // The keys of metadata are the caller's.
    const camelCase = new CamelCasePlugin({ maintainNestedObjectKeys: true });
    this.db = postgres.db<SeasonsTables>().withPlugin(camelCase);
  }

  /** The season as it is archived so far, begun if need be. Two queries, O(1). */
  async begin(season: NewSeason): Promise<SeasonRow> {
    await this.db
      .insertInto('leaderboardSeasons')
      .values(season)
      .onConflict((conflict) => conflict.constraint('leaderboard_seasons_once').doNothing())
      .execute();
    return this.db
      .selectFrom('leaderboardSeasons')
      .selectAll()
      .where('board', '=', season.board)
      .where('timeWindow', '=', season.timeWindow)
      .where('startsAt', '=', season.startsAt)
      .executeTakeFirstOrThrow();
  }

  /**
   * Adds the members that come next, and where to go on: both or nothing, as one statement. One query, O(n); a second one when
   * another process was faster, and nothing was added.
   *
   * @param season as it was before.
   * @param cursor null after the last ones.
   * @returns it as it is now.
   */
  async append(season: SeasonRow, standings: readonly Standing[], cursor: string | null): Promise<SeasonRow> {
    const members = standings.map(({ member }) => Buffer.from(member));
    const scores = standings.map(({ score }) => String(score));
    const metadata = standings.map((each) => (each.metadata === null ? null : JSON.stringify(each.metadata)));
    const added = await this.db
      .with('season', (db) =>
        db
          .updateTable('leaderboardSeasons')
          .set({ cursor, completedAt: cursor === null ? sql<Date>`now()` : null })
          .set((eb) => ({ members: eb('members', '+', standings.length) }))
          .where('id', '=', season.id)
          .where('members', '=', season.members)
          .where('completedAt', 'is', null)
          .returningAll(),
      )
      .with(
        'added',
        () => sql`(
          insert into leaderboard_seasons_members (season_id, rank, member, score, metadata)
          select season.id, ${season.members}::integer + place, member, score, metadata
          from season, unnest(${members}::bytea[], ${scores}::bigint[], ${metadata}::json[])
            with ordinality as entry (member, score, metadata, place)
        )`,
      )
      .selectFrom('season')
      .selectAll()
      .executeTakeFirst();
    return added ?? this.read(season.id);
  }

  /** Completed seasons that lie in this time or touch it, the latest first. One query, O(log n). */
  findCompleted(board: Buffer, timeWindow: string, from: Date, until: Date): Promise<SeasonRow[]> {
    return this.db
      .selectFrom('leaderboardSeasons')
      .selectAll()
      .where('board', '=', board)
      .where('timeWindow', '=', timeWindow)
      .where('startsAt', '<', until)
      .where('endsAt', '>', from)
      .where('completedAt', 'is not', null)
      .orderBy('startsAt', 'desc')
      .execute();
  }

  /** Those who rank next after a rank. One query, O(log n + limit). */
  async top(seasonId: number, after: number, limit: number): Promise<Standing[]> {
    const rows = await this.db
      .selectFrom('leaderboardSeasonsMembers')
      .select(['rank', 'member', 'score', 'metadata'])
      .where('seasonId', '=', seasonId)
      .where('rank', '>', after)
      .orderBy('rank')
      .limit(limit)
      .execute();
    return rows.map(toStanding);
  }

  /** One query, O(log n). */
  async member(seasonId: number, member: string): Promise<Standing | undefined> {
    const row = await this.db
      .selectFrom('leaderboardSeasonsMembers')
      .select(['rank', 'member', 'score', 'metadata'])
      .where('seasonId', '=', seasonId)
      .where('member', '=', Buffer.from(member))
      .executeTakeFirst();
    return row && toStanding(row);
  }

  private read(id: number): Promise<SeasonRow> {
    return this.db
      .selectFrom('leaderboardSeasons')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
  }
}

function toStanding({ rank, member, score, metadata }: MemberRow): Standing {
  return { rank, member: member.toString(), score: BigInt(score), metadata };
}
