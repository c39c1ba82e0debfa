import type { Board } from './board.js';
import type { EntriesReply } from './leaderboard.scripts.js';

/** Where a member stands in a window. */
export interface Standing {
  /** 1 is the best. */
  readonly rank: number;
  readonly member: string;
  readonly score: bigint;
  /** What was last given with the score; null without any. */
  readonly metadata: unknown;
}

export function readStandings({ layout }: Board, { first, entries, metadata }: EntriesReply): Standing[] {
  return layout.readEntries(entries).map(({ member, score }, index) => ({
    rank: first + index + 1,
    member,
    score,
    metadata: parseMetadata(metadata?.[index]),
  }));
}

/** JSON, as Redis has it. */
export function parseMetadata(json: Buffer | string | number | null | undefined): unknown {
  return json ? (JSON.parse(String(json)) as unknown) : null;
}

/** 100 for the best, 0 for the worst: the share of the others that a rank is better than. */
export function percentileOf(rank: number, total: number): number {
  return total === 1 ? 100 : (100 * (total - rank)) / (total - 1);
}
