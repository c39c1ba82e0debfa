import { DomainError } from '../errors/index.js';

/** No board has this name. */
export class LeaderboardNotFoundError extends DomainError {
  readonly code = 'LEADERBOARD_NOT_FOUND';
  readonly status = 404;
  readonly title = 'There is no such leaderboard';

  constructor(board: string) {
    super(`No leaderboard is named "${board}".`);
  }
}

/** The board is there, but the member has no score in this window. */
export class MemberNotRankedError extends DomainError {
  readonly code = 'MEMBER_NOT_RANKED';
  readonly status = 404;
  readonly title = 'The member is not ranked';

  constructor(board: string, member: string) {
    super(`"${member}" has no score on "${board}" in this window.`);
  }
}

/** A board of this name is there, with other parts that its scores depend on. Nothing was changed. */
export class LeaderboardFixedError extends DomainError {
  readonly code = 'LEADERBOARD_FIXED';
  readonly status = 409;
  readonly title = 'The leaderboard has another form';

  constructor(board: string) {
    super(
      `Order, windows, time zone, tie break and scores of "${board}" stay as they are until it is deleted.`,
    );
  }
}

/** The sum would leave the range of the board's scores. Nothing was changed, in no window. */
export class ScoreOutOfRangeError extends DomainError {
  readonly code = 'SCORE_OUT_OF_RANGE';
  readonly status = 409;
  readonly title = 'The score would leave its range';

  constructor(member: string) {
    super(`The new score of "${member}" would be beyond what the leaderboard holds.`);
  }
}
