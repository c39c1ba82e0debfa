import { invalid } from '../board.js';
import type { SeasonRow } from './seasons.repository.js';

/** Opaque to clients: the season, and the rank after which a page begins. */
export function encodeCursor({ id }: SeasonRow, rank: number): string {
  return Buffer.from(`${id} ${rank}`).toString('base64url');
}

/** @throws ValidationFailedError unless {@link encodeCursor} made it, or could have, for this season. */
export function decodeCursor(season: SeasonRow, cursor: string): number {
  const rank = Number(/ (\d{1,10})$/.exec(Buffer.from(cursor, 'base64url').toString())?.[1]);
  // Comparing with the encoding refuses the cursors of other seasons, and what base64 lets pass.
  if (encodeCursor(season, rank) !== cursor || rank > season.members) {
    throw invalid('cursor', 'must be the nextCursor of an earlier answer about this season');
  }
  return rank;
}
