import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ID_RULE, isId, RedisClient } from '../redis/index.js';
import { invalid } from './board.js';
import { type BoardDefinition, completeDefinition, fixedParts } from './board-definition.js';
import { KnownBoards } from './known-boards.js';
import { assertWithin, LeaderboardQueries, type WindowChoice } from './leaderboard-queries.js';
import { LeaderboardFixedError, MemberNotRankedError, ScoreOutOfRangeError } from './leaderboard.errors.js';
import { LeaderboardKeys } from './leaderboard.keys.js';
import { defineBoard, deleteBoard, removeMember, trimWindow } from './leaderboard.scripts.js';
import type { Entry, RefusedEntry, Submission } from './submission.js';
import { Submissions } from './submissions.js';
import type { Period } from './windows/period.js';

/** How a request that comes again is known. */
export interface Repeatable {
  /**
   * The caller's own id for this request, the same whenever it is sent again: for a day it is done once, and answered as the
   * first time. What was refused was not done.
   */
  readonly requestId?: string;
}

export const MAX_ENTRIES = 1000;
const REMOVED_A_CALL = 200;

/**
 * Boards of members by score: every window of a board is filed by the call that submits, scores are exact 64-bit integers,
 * and it is said who of equals ranks first. README.md has the keys and commands.
 */
@Injectable()
export class LeaderboardService extends LeaderboardQueries {
  constructor(
    redis: RedisClient,
    boards: KnownBoards,
    private readonly keys: LeaderboardKeys,
    private readonly submissions: Submissions,
  ) {
    super(redis, boards);
  }

  /**
   * Makes a board, or gives the one that is there its `operator` and `retentionMs`. One round trip, O(1).
   *
   * @returns the whole definition.
   * @throws LeaderboardFixedError when anything else differs from the board that is there; ValidationFailedError,
   *   StateStoreUnavailableError.
   */
  async define(board: string, definition: Partial<BoardDefinition> = {}): Promise<BoardDefinition> {
    const made = this.boards.make(board, completeDefinition(definition));
    const isDefined = await this.redis.run(defineBoard, {
      keys: { board: made.key },
      args: {
        version: made.version,
        definition: JSON.stringify(made.definition),
        fixed: fixedParts(made.definition),
        id: randomUUID(),
      },
    });
    if (!isDefined) throw new LeaderboardFixedError(board);
    return this.boards.learn(made).definition;
  }

  /** One round trip, O(1). @throws LeaderboardNotFoundError, StateStoreUnavailableError */
  async definition(board: string): Promise<BoardDefinition> {
    return (await this.boards.read(board)).definition;
  }

  /** Removes a board with all its scores. Two round trips, O(windows kept). @throws LeaderboardNotFoundError, StateStoreUnavailableError */
  async delete(board: string): Promise<void> {
    const keys = { board: this.keys.board(board), periods: this.keys.periods(board) };
    const outcome = await this.inAllPeriods(board, (periods, restKeys) =>
      this.redis.run(deleteBoard, { keys, restKeys, args: { periods } }),
    );
    if (outcome === 'unknown') throw this.boards.missing(board);
  }

  /**
   * Files a score in every window of the board. One round trip, shared by all scores of the turn, O(windows × log n).
   *
   * @returns what became of it in the widest window.
   * @throws LeaderboardNotFoundError, ValidationFailedError; ScoreOutOfRangeError, with no window changed;
   *   StateStoreUnavailableError: it may have been filed all the same, so give an increment a `requestId` to be able to
   *   repeat it.
   */
  async submit(board: string, entry: Entry & Repeatable): Promise<Submission> {
    const { requestId } = entry;
    const outcome = requestId
      ? (await this.submissions.fileAll(board, [entry], () => '', requestId))[0]
      : await this.submissions.add(board, entry);
    if ('code' in outcome) throw new ScoreOutOfRangeError(entry.member);
    return outcome;
  }

  /**
   * Files scores, one after the other; none of them if one is not valid. A round trip for each 100, O(entries × windows × log n).
   *
   * @param entries 1 to 1000.
   * @returns what became of each, in their order.
   * @throws LeaderboardNotFoundError, ValidationFailedError; StateStoreUnavailableError: the first ones may have been filed.
   */
  async submitMany(
    board: string,
    entries: readonly Entry[],
    { requestId }: Repeatable = {},
  ): Promise<(Submission | RefusedEntry)[]> {
    assertWithin('entries', entries.length, 1, MAX_ENTRIES);
    return this.submissions.fileAll(board, entries, (index) => `entries.${index}.`, requestId);
  }

  /**
   * Takes a member out of every window that is kept. Two round trips, O(windows kept × log n).
   *
   * @throws LeaderboardNotFoundError; MemberNotRankedError when it was in none; StateStoreUnavailableError
   */
  async removeMember(board: string, member: string): Promise<void> {
    if (!isId(member)) throw invalid('member', ID_RULE);
    const removed = await this.inAllPeriods(board, (periods, restKeys) =>
      this.boards.ask(board, ({ key, periodsKey, version, layout }) =>
        this.redis.run(removeMember, {
          keys: { board: key, periods: periodsKey },
          restKeys,
          args: { version, width: layout.width, id: member, periods },
        }),
      ),
    );
    if (removed === 0) throw new MemberNotRankedError(board, member);
  }

  /**
   * Leaves only the best in a window. A round trip for each 200 that go, O(log n + 200).
   *
   * @returns how many went.
   * @throws LeaderboardNotFoundError, ValidationFailedError, StateStoreUnavailableError
   */
  async trim(board: string, best: number, choice: WindowChoice = {}): Promise<number> {
    assertWithin('best', best, 0, Number.MAX_SAFE_INTEGER);
    let period: Period | undefined;
    for (let trimmed = 0; ;) {
      const { removed, view } = await this.boards.ask(board, async (known) => {
        // Midnight may pass meanwhile: it goes on in the window in which it began.
        const trimmedView = period ? known.viewOf(period) : known.viewAt(this.boards.time.nowMs, choice);
        const answer = await this.redis.run(trimWindow, {
          keys: { board: known.key, ...trimmedView.keys },
          args: { ...this.guardOf(known, trimmedView), best, most: REMOVED_A_CALL },
        });
        return 'value' in answer ? { value: { removed: answer.value, view: trimmedView } } : answer;
      });
      period = view.period;
      trimmed += removed;
      if (removed < REMOVED_A_CALL) return trimmed;
    }
  }

  /** Calls a script with all periods of a board and their keys, again if others have begun or ended meanwhile. */
  private async inAllPeriods<R>(
    board: string,
    send: (periods: string, restKeys: readonly string[]) => Promise<R | 'outgrown'>,
  ): Promise<R> {
    for (;;) {
      const periods = await this.periodsOf(board);
      const outcome = await send(periods.join(' '), this.keysOf(board, periods));
      if (outcome !== 'outgrown') return outcome;
    }
  }

  private periodsOf(board: string): Promise<string[]> {
    const key = this.keys.periods(board);
    return this.redis.call('leaderboard.periods', (redis) => redis.zrange(key, '0', '-1'));
  }

  private keysOf(board: string, periods: readonly string[]): string[] {
    return periods.flatMap((period) => {
      const { set, members, metadata } = this.keys.window(board, period);
      return [set, members, metadata];
    });
  }
}
