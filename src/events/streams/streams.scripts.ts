import { defineScript, NOW } from '../../redis/index.js';
import type { RawEntry } from './entry.js';

/** How far a stream reaches. */
export interface Extent {
  /** Of the entry that was added last, be it still there or not. */
  readonly lastId: string;
  /** Of the first entry; null where there is none. */
  readonly firstId: string | null;
  /** How many entries it had that it has no more. */
  readonly gone: number;
}

export interface ReadReply {
  readonly entries: readonly RawEntry[];
  /** Absent where the entry is there after which was read: then there is no gap. */
  readonly extent?: Extent;
}

export const publishEvents = defineScript({
  name: 'streams.publish',
  directory: __dirname,
  includes: ['lua/wake.lua'],
  keys: ['stream', 'idle', 'producer'],
  args: ['number', 'count', 'clustered'],
  reply: (raw) => (raw as string).split(' '),
});

export const readEntries = defineScript({
  name: 'streams.read',
  directory: __dirname,
  includes: [NOW],
  keys: ['stream', 'idle'],
  args: ['after', 'count', 'name'],
  reply: (raw): ReadReply => {
    const [entries, extent] = raw as [RawEntry[], [string, string | null, number]?];
    if (!extent) return { entries };
    const [lastId, firstId, gone] = extent;
    return { entries, extent: { lastId, firstId, gone } };
  },
});
