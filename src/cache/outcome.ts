import type { FoundValue } from './found.js';
import type { Ask, Flight } from './loads/flight.js';
import type { CacheValue } from './values/cache-value.js';

/** What a caller gets, and where it is from. */
export interface Outcome {
  readonly value: CacheValue;
  readonly status: 'hit' | 'stale' | 'miss' | 'shared' | 'unavailable';
  /** For how long it is fresh, ms; of a stale one negative, since when it is not. */
  readonly freshForMs: number;
  /** Of a load of this process: whether its value lies in the cache. */
  readonly isStored?: boolean;
}

/** An old value, which stands in. */
export function stale({ value, freshForMs }: FoundValue): Outcome {
  return { value, status: 'stale', freshForMs };
}

/** What a load gives; not fresh at all when it was not stored, as something has been invalidated meanwhile. */
export async function loaded({ policy }: Ask, flight: Flight, status: 'miss' | 'shared'): Promise<Outcome> {
  const value = await flight.value;
  const { isStored } = flight;
  return { value, status, freshForMs: isStored ? policy.ttlMs : 0, isStored };
}
