import { DomainError } from '../../errors/index.js';

/** The period still takes scores, or is all time, which never ends. Nothing was archived. */
export class SeasonRunningError extends DomainError {
  readonly code = 'SEASON_RUNNING';
  readonly status = 409;
  readonly title = 'The season is not over';

  constructor(season: string) {
    super(`${season} has not ended by the clock of Redis.`);
  }
}

/** Redis has no scores of the period: there were none, or its retention is over. What is archived already stays. */
export class SeasonGoneError extends DomainError {
  readonly code = 'SEASON_GONE';
  readonly status = 410;
  readonly title = 'The season has no scores to archive';

  constructor(season: string) {
    super(`${season} has no scores, or has them no more.`);
  }
}

/** The period was not archived, or not to its end. */
export class SeasonNotArchivedError extends DomainError {
  readonly code = 'SEASON_NOT_ARCHIVED';
  readonly status = 404;
  readonly title = 'The season is not archived';

  constructor(season: string) {
    super(`${season} is not archived, or not completely.`);
  }
}
