import type { Stamp } from '../tags/tag-stamps.js';
import type { CacheValue } from '../values/cache-value.js';
import type { LoadPolicy } from './load-policy.js';

export type Load = () => Promise<CacheValue>;

/** What a caller wants: the value of a key, else a load of it. */
export interface Ask {
  readonly key: string;
  readonly load: Load;
  readonly policy: LoadPolicy;
  /** Settles when a load may begin for which nobody waits: the caller has gone on with an older value. */
  readonly inBackground?: () => Promise<void>;
}

/** A load of this process, and the stamps of its tags from before it began. */
export interface Flight {
  /** Settles when the value was stored, or could not be. */
  readonly value: Promise<CacheValue>;
  readonly stamps: readonly Stamp[];
  /** Once it has settled: whether the value was stored. */
  isStored: boolean;
}

/** False when a tag of the two has been invalidated in between: the load has read what was invalidated. */
export function isOfToday({ stamps }: Flight, current: readonly Stamp[]): boolean {
  return current.every(({ tag, token }) => {
    const then = stamps.find((each) => each.tag === tag);
    return !then || then.token === token;
  });
}
