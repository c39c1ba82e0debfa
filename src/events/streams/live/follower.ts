import { compareEntryIds } from '../entry-id.js';
import type { Extent, ReadReply } from '../streams.scripts.js';
import { Frames, type Gap } from './frames.js';

/** Who is told what a stream has. */
export interface Follower {
  /** @param upTo what it has seen when it has these. */
  follow(frames: Frames, upTo: string): void;
  /** @param from what it goes on after. */
  miss(gap: Gap, from: string): void;
}

/**
 * Tells what was read after an id.
 *
 * @returns what they have seen then, and whether they may have missed something.
 */
export function tell(
  followers: Iterable<Follower>,
  seen: string,
  { entries, extent }: ReadReply,
): { upTo: string; isWhole: boolean } {
  const gap = extent && gapAfter(seen, extent);
  const from = gap && entries.length === 0 ? extent.lastId : seen;
  const upTo = entries.length === 0 ? from : entries[entries.length - 1][0];
  const frames = new Frames(entries);
  for (const follower of followers) {
    if (gap) follower.miss(gap, from);
    if (entries.length > 0) follower.follow(frames, upTo);
  }
  return { upTo, isWhole: !gap };
}

/**
 * Redis does not tell which entries are gone, only that some are: what is read after an id before the first entry may lack some. An
 * id beyond the last one is of a stream that was lost.
 */
function gapAfter(after: string, { lastId, firstId, gone }: Extent): Gap | undefined {
  const isTrimmed = gone > 0 && compareEntryIds(after, firstId ?? lastId) < 0;
  return isTrimmed || compareEntryIds(after, lastId) > 0 ? { after, firstId } : undefined;
}
