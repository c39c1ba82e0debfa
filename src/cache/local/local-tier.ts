import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Settings } from '../../config/index.js';
import type { Stamp } from '../tags/tag-stamps.js';
import type { CacheValue } from '../values/cache-value.js';
import { Changes, type Mark } from './changes.js';

/** About what an entry takes besides its key and value: the maps' places and the objects. */
const ENTRY_BYTES = 300;

export interface LocalEntry {
  readonly value: CacheValue;
  readonly stamps: readonly Stamp[];
  readonly deltaMs: number;
  /** Monotonic, ms. */
  readonly freshUntil: number;
  /** Its early refresh has begun. */
  isRefreshing: boolean;
}

interface Kept extends LocalEntry {
  readonly epoch: number;
  readonly keptUntil: number;
}

/**
 * The tier in this process: what Redis was seen to hold, for as long as Redis would tell of a change. It is filled by
 * reads only: a value that this process stores by a script comes back as a change of its key.
 */
@Injectable()
export class LocalTier {
  private readonly entries?: LRUCache<string, Kept>;

  constructor(
    settings: Settings,
    private readonly changes: Changes,
  ) {
    if (settings.cacheLocalEntries === 0 || settings.cacheLocalBytes === 0) return;
    const entries = new LRUCache<string, Kept>({
      max: settings.cacheLocalEntries,
      maxSize: settings.cacheLocalBytes,
      sizeCalculation: ({ value }, id) => ENTRY_BYTES + 2 * (id.length + value.size),
    });
    changes.onChange('entry', (id) => entries.delete(id));
    this.entries = entries;
  }

  /** What is kept and may be answered with; O(1) and the number of its tags. */
  get(id: string, now: number): LocalEntry | undefined {
    const kept = this.entries?.get(id);
    if (!kept) return undefined;
    if (kept.epoch !== this.changes.epoch || now >= kept.keptUntil || !this.changes.isKnown(now))
      return undefined;
    for (const stamp of kept.stamps) if (!stamp.isCurrent) return undefined;
    return kept;
  }

  /** Keeps what a read has brought that began at the mark, unless it has changed since or its tags are not watched. */
  keep(id: string, mark: Mark, entry: LocalEntry): void {
    const { changes, entries } = this;
    if (!entries || !changes.isUnchanged(mark) || !entry.stamps.every(({ isCurrent }) => isCurrent)) return;
    const keptUntil = Math.min(entry.freshUntil, performance.now() + changes.maxAgeMs);
    const { value, stamps, deltaMs, freshUntil, isRefreshing } = entry;
    const { epoch } = changes;
    // Spelt out: what a spread makes is slower to look into, at each hit.
    entries.set(id, { value, stamps, deltaMs, freshUntil, isRefreshing, epoch, keptUntil });
  }
}
