import { MAX_RADIUS } from '../leaderboard-queries.js';
import { IsQueryInteger } from './is-query-integer.js';
import { WindowQuery } from './window.query.js';

export class NeighboursQuery extends WindowQuery {
  @IsQueryInteger(0, MAX_RADIUS, 5)
  readonly radius: number = 5;
}
