import { Injectable } from '@nestjs/common';
import { RedisClient, sendTwice } from '../redis/index.js';
import type { Board } from './board.js';
import { KnownBoards } from './known-boards.js';
import { LeaderboardKeys } from './leaderboard.keys.js';
import { LeaderboardMetrics } from './leaderboard.metrics.js';
import { type Answer, submitScores } from './leaderboard.scripts.js';
import {
  type Entry,
  entryArguments,
  readSubmissions,
  type RefusedEntry,
  type Submission,
} from './submission.js';

type Outcome = Submission | RefusedEntry;
type Parameters = (string | number)[];

/** A score that waits for the others of its turn of the event loop. */
interface Waiting {
  readonly board: string;
  readonly entry: Entry;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: Error) => void;
}

/** Entries a call: Redis does nothing else meanwhile. */
const MOST_ENTRIES = 100;
/** So many do not wait for the turn's end: Redis works on them while this process goes through the rest. */
const ENOUGH_ENTRIES = 32;
const MARK_MS = 86_400_000;

/**
 * Files scores. Those that are submitted to one board in one turn of the event loop leave as one call: under load a call costs
 * more than what it does.
 */
@Injectable()
export class Submissions {
  private waiting: Waiting[] = [];

  constructor(
    private readonly redis: RedisClient,
    private readonly boards: KnownBoards,
    private readonly keys: LeaderboardKeys,
    private readonly metrics: LeaderboardMetrics,
  ) {}

  /** One round trip, shared by all scores of the turn. */
  add(board: string, entry: Entry): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      if (this.waiting.length === 0) setImmediate(() => this.redis.together(() => this.flush()));
      this.waiting.push({ board, entry, resolve, reject });
      if (this.waiting.length >= ENOUGH_ENTRIES) this.redis.together(() => this.flush());
    });
  }

  /**
   * Files all of them, or none if one is not valid. A round trip for each 100.
   *
   * @param pathOf what an error calls the parts of an entry by.
   * @param requestId when they are sent again under it, they are answered as the first time.
   */
  async fileAll(
    board: string,
    entries: readonly Entry[],
    pathOf: (index: number) => string,
    requestId?: string,
  ): Promise<Outcome[]> {
    let prepared: { readonly board: Board; readonly parameters: Parameters[] } | undefined;
    const outcomes: Outcome[] = [];
    for (let from = 0; from < entries.length; from += MOST_ENTRIES) {
      const until = from + MOST_ENTRIES;
      const mark = requestId && this.keys.request(board, requestId, from);
      const file = () =>
        this.boards.ask(board, (known) => {
          if (prepared?.board !== known) {
            const parameters = entries.map((entry, index) => entryArguments(known, entry, pathOf(index)));
            prepared = { board: known, parameters };
          }
          const some = prepared.parameters.slice(from, until);
          return this.send(known, entries.slice(from, until), some.flat(), mark);
        });
      outcomes.push(...(await (mark ? sendTwice(this.redis, file) : file())));
    }
    this.metrics.submitted(outcomes);
    return outcomes;
  }

  private flush(): void {
    const turn = this.waiting;
    this.waiting = [];
    const boards = new Set(turn.map(({ board }) => board));
    for (const board of boards) void this.fileTurn(turn.filter((each) => each.board === board));
  }

  /** One that is not valid concerns no other. */
  private async fileTurn(turn: readonly Waiting[]): Promise<void> {
    let left = turn;
    try {
      const outcomes = await this.boards.ask(turn[0].board, async (board): Promise<Answer<Outcome[]>> => {
        const parameters: Parameters = [];
        left = left.filter((waiting) => isTaken(board, waiting, parameters));
        const entries = left.map(({ entry }) => entry);
        return left.length === 0 ? { value: [] } : this.send(board, entries, parameters);
      });
      this.metrics.submitted(outcomes);
      left.forEach(({ resolve }, index) => resolve(outcomes[index]));
    } catch (error) {
      left.forEach(({ reject }) => reject(error as Error));
    }
  }

  private async send(
    board: Board,
    entries: readonly Entry[],
    parameters: Readonly<Parameters>,
    mark?: string,
  ): Promise<Answer<Outcome[]>> {
    const { restKeys, rest, fromMs, untilMs } = board.filingAt(this.boards.time.nowMs);
    const { version, layout } = board;
    const { width, tie, zero } = layout;
    const markMs = mark ? MARK_MS : 0;
    const answer = await this.redis.run(submitScores, {
      keys: { board: board.key, periods: board.periodsKey, mark: mark ?? board.key },
      restKeys,
      args: { version, fromMs, untilMs, width, tie, zeroHigh: zero[0], zeroLow: zero[1], markMs },
      rest: rest.concat(parameters),
    });
    return 'value' in answer ? { value: readSubmissions(board, entries, answer.value) } : answer;
  }
}

/** Adds what the script takes of it, or tells its caller why there is nothing to be taken. */
function isTaken(board: Board, { entry, reject }: Waiting, parameters: Parameters): boolean {
  try {
    parameters.push(...entryArguments(board, entry));
    return true;
  } catch (error) {
    reject(error as Error);
    return false;
  }
}
