import { Injectable } from '@nestjs/common';
import { ID_RULE, isId, RedisClient } from '../../redis/index.js';
import { type Board, invalid } from '../board.js';
import { KnownBoards } from '../known-boards.js';
import { assertWithin, MAX_LIMIT, type MemberStanding, type TopPage } from '../leaderboard-queries.js';
import { MemberNotRankedError } from '../leaderboard.errors.js';
import { LeaderboardService } from '../leaderboard.service.js';
import { percentileOf } from '../standing.js';
import { type Period, periodNamed, type WindowName, WINDOWS } from '../windows/period.js';
import { decodeCursor, encodeCursor } from './seasons.cursor.js';
import { SeasonGoneError, SeasonNotArchivedError, SeasonRunningError } from './seasons.errors.js';
import { type SeasonRow, SeasonsRepository } from './seasons.repository.js';
import { readClock } from './seasons.scripts.js';

/** A day, week or month of a board that is over. */
export interface SeasonChoice {
  readonly window: WindowName;
  /** A day of the board's time zone (`2026-11-30`) or an instant: the period that it lies in. */
  readonly at: string;
}

export interface ArchiveOptions {
  /** Called after each page: how many members are archived, and how many there are to archive in all. */
  readonly onProgress?: (archived: number, total: number) => void;
}

export interface ArchivedSeason {
  readonly window: WindowName;
  /** `2026-11-30`, `2026-W49` or `2026-11`. */
  readonly period: string;
  readonly total: number;
  readonly completedAt: Date;
}

/** Members a page: a script that reads so many keeps Redis for about a millisecond. */
const PAGE = 500;
/** No time zone is further from UTC. */
const FURTHEST_ZONE_MS = 86_400_000;

/**
 * Copies periods that are over from Redis to Postgres, where they stay after their retention, and answers about them as
 * LeaderboardService does about the present. README.md has the guarantees.
 */
@Injectable()
export class SeasonArchive {
  constructor(
    private readonly redis: RedisClient,
    private readonly known: KnownBoards,
    private readonly boards: LeaderboardService,
    private readonly seasons: SeasonsRepository,
  ) {}

  /**
   * Archives a season, or the rest of one that was cut off; one that is complete stays as it is. Two round trips to Redis and
   * two queries, then one of each for 500 members, O(n) in all. Redis keeps what it has.
   *
   * @throws SeasonRunningError, SeasonGoneError, LeaderboardNotFoundError, ValidationFailedError; StateStoreUnavailableError or
   *   DatabaseUnavailableError: call it again, and it goes on where it was.
   */
  async archive(
    board: string,
    choice: SeasonChoice,
    { onProgress }: ArchiveOptions = {},
  ): Promise<ArchivedSeason> {
    const known = await this.known.read(board);
    const { period } = known.viewAt(this.known.time.nowMs, choice);
    await this.assertOver(known, period);
    let season = await this.seasons.begin({
      board: Buffer.from(board),
      timeWindow: period.window,
      period: period.name,
      timeZone: known.definition.timeZone,
      startsAt: new Date(period.startsAt),
      endsAt: new Date(period.endsAt),
    });
    while (season.completedAt === null) {
      const cursor = season.cursor ?? undefined;
      const { items, total, nextCursor } = await this.boards.top(board, { ...choice, limit: PAGE, cursor });
      if (total === 0) throw new SeasonGoneError(titleOf(board, period));
      season = await this.seasons.append(season, items, nextCursor);
      onProgress?.(season.members, season.completedAt ? season.members : Math.max(season.members, total));
    }
    return {
      window: period.window,
      period: period.name,
      total: season.members,
      completedAt: season.completedAt,
    };
  }

  /**
   * The best of an archived season, or those behind a cursor. Two queries, O(log n + limit).
   *
   * @throws SeasonNotArchivedError, ValidationFailedError, DatabaseUnavailableError
   */
  async top(
    board: string,
    { limit = 10, cursor, ...choice }: SeasonChoice & { readonly limit?: number; readonly cursor?: string },
  ): Promise<TopPage> {
    assertWithin('limit', limit, 1, MAX_LIMIT);
    const season = await this.find(board, choice);
    const after = cursor === undefined ? 0 : decodeCursor(season, cursor);
    const items = await this.seasons.top(season.id, after, limit);
    const last = after + items.length;
    return {
      items,
      total: season.members,
      nextCursor: last < season.members ? encodeCursor(season, last) : null,
    };
  }

  /**
   * Where a member stood at the end of an archived season. Two queries, O(log n).
   *
   * @throws SeasonNotArchivedError, MemberNotRankedError, ValidationFailedError, DatabaseUnavailableError
   */
  async member(board: string, member: string, choice: SeasonChoice): Promise<MemberStanding> {
    if (!isId(member)) throw invalid('member', ID_RULE);
    const { id, members: total } = await this.find(board, choice);
    const standing = await this.seasons.member(id, member);
    if (!standing) throw new MemberNotRankedError(board, member);
    return { ...standing, total, percentile: percentileOf(standing.rank, total) };
  }

  /** By the clock that decides which scores a period takes: what is over by it does not grow. */
  private async assertOver({ name, key }: Board, period: Period): Promise<void> {
    const redisMs = await this.redis.run(readClock, { keys: { board: key }, args: {} });
    if (redisMs === 0) throw this.known.missing(name);
    if (redisMs < period.endsAt) throw new SeasonRunningError(titleOf(name, period));
  }

  /** The board may be gone, so each season knows its own time zone. */
  private async find(board: string, { window, at }: SeasonChoice): Promise<SeasonRow> {
    if (!WINDOWS.includes(window)) throw invalid('window', `must be one of ${WINDOWS.join(', ')}`);
    const day = periodNamed('daily', 'UTC', at);
    if (!day) throw invalid('at', 'must be a date, or an instant with its offset');
    const from = new Date(day.startsAt - FURTHEST_ZONE_MS);
    const until = new Date(day.endsAt + FURTHEST_ZONE_MS);
    const candidates = await this.seasons.findCompleted(Buffer.from(board), window, from, until);
    const season = candidates.find(
      ({ timeZone, period }) => periodNamed(window, timeZone, at)?.name === period,
    );
    if (!season) throw new SeasonNotArchivedError(`The ${window} season of "${board}" at ${at}`);
    return season;
  }
}

function titleOf(board: string, { window, name }: Period): string {
  return `The ${window} season ${name} of "${board}"`.replace(/ {2,}/, ' ');
}
