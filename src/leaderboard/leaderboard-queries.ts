import { ID_RULE, isId, type RedisClient } from '../redis/index.js';
import { type Board, invalid, type View } from './board.js';
import type { KnownBoards } from './known-boards.js';
import { decodeCursor, encodeCursor } from './leaderboard.cursor.js';
import { MemberNotRankedError } from './leaderboard.errors.js';
import { type EntriesReply, readAround, readRanks, readTop } from './leaderboard.scripts.js';
import { parseMetadata, percentileOf, readStandings, type Standing } from './standing.js';
import type { WindowName } from './windows/period.js';

/** Which window of a board, and when. */
export interface WindowChoice {
  /** The widest of the board, unless given. */
  readonly window?: WindowName;
  /** A day of the board's time zone (`2026-11-30`) or an instant: the period that it lies in. Unless given, the present one. */
  readonly at?: string;
}

export interface TopChoice extends WindowChoice {
  /** 1 to 1000; 10 unless given. */
  readonly limit?: number;
  /** The `nextCursor` of the page before. */
  readonly cursor?: string;
}

export interface TopPage {
  readonly items: readonly Standing[];
  /** All members of the window. */
  readonly total: number;
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

export interface MemberStanding extends Standing {
  readonly total: number;
  /** 100 for the best, 0 for the worst: the share of the others whom the member is better than. */
  readonly percentile: number;
}

export interface Neighbours {
  readonly items: readonly Standing[];
  readonly total: number;
}

export interface StandingAmong extends Standing {
  /** Among those asked for; 1 is the best. */
  readonly rankAmong: number;
}

export const MAX_LIMIT = 1000;
export const MAX_RADIUS = 100;
const VALUES_A_MEMBER = 4;

/**
 * What a board can be asked, each in one round trip. All throw LeaderboardNotFoundError, StateStoreUnavailableError, and
 * ValidationFailedError for a window that the board has not or a date that is none.
 */
export abstract class LeaderboardQueries {
  constructor(
    protected readonly redis: RedisClient,
    protected readonly boards: KnownBoards,
  ) {}

  /**
   * The best, or those behind a cursor. One round trip, O(log n + limit). A cursor is a place in the order of one period: who
   * stays where they are is met once and only once, whatever others do, and it is good after the period's end.
   */
  async top(board: string, choice: TopChoice = {}): Promise<TopPage> {
    const { limit = 10, cursor } = choice;
    assertWithin('limit', limit, 1, MAX_LIMIT);
    return this.boards.ask(board, async (known) => {
      const { view, place } =
        cursor === undefined
          ? { view: known.viewAt(this.boards.time.nowMs, choice), place: '' }
          : this.continued(known, cursor, choice);
      const { set, metadata } = view.keys;
      const answer = await this.redis.run(readTop, {
        keys: { board: known.key, set, metadata },
        args: { ...this.guardOf(known, view), limit, after: place },
      });
      return 'value' in answer ? { value: pageOf(known, view, answer.value) } : answer;
    });
  }

  /** Rank, score and percentile of a member, among all. One round trip, O(log n). @throws MemberNotRankedError */
  async member(board: string, member: string, choice: WindowChoice = {}): Promise<MemberStanding> {
    const { items, total } = await this.around(board, member, 0, choice);
    const [{ rank, score, metadata }] = items;
    return { rank, member, score, metadata, total, percentile: percentileOf(rank, total) };
  }

  /**
   * A member and `radius` others on each side; near an end of the board, as many more of the other side. One round trip,
   * O(log n + radius).
   *
   * @param choice.radius 0 to 100; 5 unless given.
   * @throws MemberNotRankedError
   */
  async neighbours(
    board: string,
    member: string,
    { radius = 5, ...choice }: WindowChoice & { readonly radius?: number } = {},
  ): Promise<Neighbours> {
    assertWithin('radius', radius, 0, MAX_RADIUS);
    return this.around(board, member, radius, choice);
  }

  /**
   * Some members, such as one's friends, the best first: those who are not ranked are left out. One round trip, O(m log n).
   *
   * @param members 1 to 1000.
   */
  async ranks(
    board: string,
    members: readonly string[],
    choice: WindowChoice = {},
  ): Promise<{ readonly items: readonly StandingAmong[]; readonly total: number }> {
    assertMembers(members);
    const asked = [...new Set(members)];
    return this.boards.ask(board, async (known) => {
      const view = known.viewAt(this.boards.time.nowMs, choice);
      const answer = await this.redis.run(readRanks, {
        keys: { board: known.key, ...view.keys },
        args: this.guardOf(known, view),
        rest: asked,
      });
      if (!('value' in answer)) return answer;
      return {
        value: { items: amongThemselves(known, asked, answer.value.values), total: answer.value.total },
      };
    });
  }

  private async around(
    board: string,
    member: string,
    radius: number,
    choice: WindowChoice,
  ): Promise<Neighbours> {
    if (!isId(member)) throw invalid('member', ID_RULE);
    const found = await this.boards.ask(board, async (known) => {
      const view = known.viewAt(this.boards.time.nowMs, choice);
      const answer = await this.redis.run(readAround, {
        keys: { board: known.key, ...view.keys },
        args: { ...this.guardOf(known, view), id: member, radius },
      });
      if (!('value' in answer) || answer.value === null) return answer as typeof answer & { value: null };
      return { value: { items: readStandings(known, answer.value), total: answer.value.total } };
    });
    if (!found) throw new MemberNotRankedError(board, member);
    return found;
  }

  /** The cursor's own period; what else was asked for may not say another. */
  private continued(board: Board, cursor: string, { window, at }: WindowChoice) {
    const decoded = decodeCursor(board, cursor);
    const { period } = decoded.view;
    const asked = board.viewAt(this.boards.time.nowMs, { window, at }).period;
    if (asked.window !== period.window || (at !== undefined && asked.name !== period.name)) {
      throw invalid('cursor', 'is of another window');
    }
    return decoded;
  }

  /** What a script goes by; see guard.lua. */
  protected guardOf({ version, layout }: Board, { fromMs, untilMs }: View) {
    return { version, fromMs, untilMs, width: layout.width };
  }
}

function pageOf(board: Board, view: View, reply: EntriesReply): TopPage {
  const items = readStandings(board, reply);
  const isLast = items.length === 0 || reply.first + items.length >= reply.total;
  const nextCursor = isLast ? null : encodeCursor(board, view, board.layout.lastPlace(reply.entries));
  return { items, total: reply.total, nextCursor };
}

function amongThemselves(
  { layout }: Board,
  members: readonly string[],
  values: readonly unknown[],
): StandingAmong[] {
  return members
    .map((member, index) => {
      const [rank, high, low, metadata] = values.slice(
        index * VALUES_A_MEMBER,
        (index + 1) * VALUES_A_MEMBER,
      ) as number[];
      return { rank: rank + 1, member, score: layout.decode(high, low), metadata: parseMetadata(metadata) };
    })
    .filter(({ rank }) => rank > 0)
    .sort((one, other) => one.rank - other.rank)
    .map((standing, index) => ({ ...standing, rankAmong: index + 1 }));
}

export function assertWithin(path: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw invalid(path, `must be an integer from ${min} to ${max}`);
  }
}

function assertMembers(members: readonly string[]): void {
  if (members.length < 1 || members.length > MAX_LIMIT) {
    throw invalid('members', `must have 1 to ${MAX_LIMIT} members`);
  }
  const bad = members.findIndex((member) => !isId(member));
  if (bad >= 0) throw invalid(`members.${bad}`, ID_RULE);
}
