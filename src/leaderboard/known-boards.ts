import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { RedisClient, RedisTime, StateStoreUnavailableError } from '../redis/index.js';
import { Board } from './board.js';
import type { BoardDefinition } from './board-definition.js';
import { LeaderboardNotFoundError } from './leaderboard.errors.js';
import { LeaderboardKeys } from './leaderboard.keys.js';
import type { Answer, Refusal } from './leaderboard.scripts.js';

const MOST_KNOWN = 10_000;

/** A board can be defined anew while it is asked, and midnight can pass; not time after time. */
const MOST_ATTEMPTS = 5;

/**
 * The boards that this process has met. What it knows of one may be of yesterday: each call says what it goes by, and a
 * script that knows better does nothing but say so. So the usual call is one round trip.
 */
@Injectable()
export class KnownBoards {
  readonly time = new RedisTime();
  private readonly boards = new LRUCache<string, Board>({ max: MOST_KNOWN });

  constructor(
    private readonly redis: RedisClient,
    private readonly keys: LeaderboardKeys,
  ) {}

  /**
   * Calls a script that needs to know the board, again when it was refused. One round trip more for a board that this process
   * has not met, or whose definition or period has just changed.
   *
   * @throws LeaderboardNotFoundError, StateStoreUnavailableError
   */
  async ask<R>(name: string, send: (board: Board) => Promise<Answer<R>>): Promise<R> {
    let board = this.boards.get(name) ?? (await this.read(name));
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
      const answer = await send(board);
      if ('value' in answer) return answer.value;
      board = this.corrected(board, answer);
    }
    throw new StateStoreUnavailableError({ cause: new Error('the board kept changing') });
  }

  /** One round trip. @throws LeaderboardNotFoundError, StateStoreUnavailableError */
  async read(name: string): Promise<Board> {
    const key = this.keys.board(name);
    const definition = await this.redis.call('leaderboard.get', (redis) => redis.hget(key, 'definition'));
    if (definition === null) throw this.missing(name);
    return this.learn(this.make(name, JSON.parse(definition) as BoardDefinition));
  }

  /** A board that may or may not be there. */
  make(name: string, definition: BoardDefinition): Board {
    return new Board(name, definition, this.keys);
  }

  learn(board: Board): Board {
    this.boards.set(board.name, board);
    return board;
  }

  missing(name: string): LeaderboardNotFoundError {
    this.boards.delete(name);
    return new LeaderboardNotFoundError(name);
  }

  private corrected(board: Board, refusal: Refusal): Board {
    if (refusal.refused === 'unknown') throw this.missing(board.name);
    if (refusal.refused === 'redefined') {
      return this.learn(this.make(board.name, JSON.parse(refusal.definition) as BoardDefinition));
    }
    this.time.correct(refusal.redisMs);
    return board;
  }
}
