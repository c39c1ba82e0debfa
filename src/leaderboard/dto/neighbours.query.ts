import { IsQueryInteger } from '../../http/index.js';
import { MAX_RADIUS } from '../leaderboard-queries.js';
import { WindowQuery } from './window.query.js';

export class NeighboursQuery extends WindowQuery {
  @IsQueryInteger({ minimum: 0, maximum: MAX_RADIUS, default: 5 })
  readonly radius: number = 5;
}
