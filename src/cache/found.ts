import type { Flight } from './loads/flight.js';
import type { Mark } from './local/changes.js';
import type { Stamp } from './tags/tag-stamps.js';
import type { CacheValue } from './values/cache-value.js';

/** `read` asks for no lease, `load` for one when the value is not fresh, `early` also when it is, `write` takes it. */
export type ReadMode = 'read' | 'load' | 'early' | 'write';

export interface ReadRequest {
  readonly mode: ReadMode;
  /** Those that the caller declares; their stamps come in the same round trip. */
  readonly tags: readonly string[];
  /** How long an entry lives that would be stored, ms. */
  readonly lifeMs: number;
  /** How long a lease is held, ms; absent for a read. */
  readonly leaseTtlMs?: number;
  /** A version that is as good as none. */
  readonly rejected?: string;
}

export interface Lease {
  readonly token: string;
  /** It is the caller's, to fill the entry. */
  readonly isOwn: boolean;
  readonly heldForMs: number;
  /** When it was asked for, Redis' time, ms. */
  readonly askedAt: number;
  /** The load that has begun with it: a read, and so its lease, is shared by those who made it in one turn. */
  flight?: Flight;
}

/** A value that was found, which its tags have not invalidated. */
export interface FoundValue {
  readonly value: CacheValue;
  readonly isFresh: boolean;
  /** From `sentAt` on, ms; 0 or less when it is not fresh. */
  readonly freshForMs: number;
  /** How long its load took, ms. */
  readonly deltaMs: number;
  readonly stamps: readonly Stamp[];
  /** Those that were declared, without those of its prefixes. */
  readonly tags: readonly string[];
}

/** What a read found. */
export interface Found {
  readonly hit?: FoundValue;
  /** Absent when none was due. */
  readonly lease?: Lease;
  /** Of the tags that the caller declared, from before any load that begins now. */
  readonly stamps: readonly Stamp[];
  readonly version: string;
  readonly mark: Mark;
  /** Before the read; monotonic, ms. */
  readonly sentAt: number;
  /** Redis' time at the read, ms. */
  readonly now: number;
}
