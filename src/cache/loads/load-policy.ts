import { ID_RULE, isId } from '../../redis/index.js';
import { CacheValue } from '../values/cache-value.js';

/** How a value is kept, loaded and stood in for. */
export interface LoadPolicy {
  readonly ttlMs: number;
  readonly graceMs: number;
  readonly negativeTtlMs: number;
  readonly tags: readonly string[];
  readonly beta: number;
  readonly softTimeoutMs: number;
  readonly hardTimeoutMs: number;
  readonly source: string;
}

export interface GetOrSetOptions {
  /** How long a loaded value is fresh, ms; up to 5 % of it is taken off, so that entries do not expire together. */
  readonly ttlMs: number;
  /** How long after that it still stands in while a new one is loaded, or cannot be. Default 0. */
  readonly graceMs?: number;
  /** What invalidates it together with others: at most 64, each of 1 to 256 bytes. */
  readonly tags?: readonly string[];
  /** How early it is loaded anew (XFetch): 0 never, 1 (the default) about once the time of a load before it expires. */
  readonly beta?: number;
  /** How long a caller waits for a new value when there is an old one, ms, a day at the most. Default 0: not at all. */
  readonly softTimeoutMs?: number;
  /** After so long, a day at the most, a load has failed, ms. Default: it may take as long as it takes, and after 10 s it is not stored. */
  readonly hardTimeoutMs?: number;
  /** `ttlMs` of a null. Default: as of any value. */
  readonly negativeTtlMs?: number;
  /**
   * What it is loaded from: failures of one source hold its loads back for the fleet. Default `default`. A name of the
   * code's, not of the data's: each has a breaker in each process for good.
   */
  readonly source?: string;
}

/** @throws RangeError for what is not a duration, or no tag. */
export function toPolicy(options: GetOrSetOptions): LoadPolicy {
  const { ttlMs, graceMs = 0, beta = 1, softTimeoutMs = 0, hardTimeoutMs = Infinity } = options;
  const { tags = [], source = 'default', negativeTtlMs = ttlMs } = options;
  assertDuration('ttlMs', ttlMs, 1);
  assertDuration('negativeTtlMs', negativeTtlMs, 1);
  assertDuration('graceMs', graceMs, 0);
  assertDuration('softTimeoutMs', softTimeoutMs, 0, MAX_TIMEOUT_MS);
  if (hardTimeoutMs !== Infinity) assertDuration('hardTimeoutMs', hardTimeoutMs, 1, MAX_TIMEOUT_MS);
  if (!(beta >= 0)) throw new RangeError('beta must be 0 or more');
  assertTags(tags);
  if (!isId(source)) throw new RangeError(`a source ${ID_RULE}`);
  return { ttlMs, graceMs, negativeTtlMs, tags, beta, softTimeoutMs, hardTimeoutMs, source };
}

export const MAX_TAGS = 64;
/** A year, and a day for good measure. */
export const MAX_DURATION_MS = 31_622_400_000;

/** A day. Timers of more than 24.8 days fire at once. */
const MAX_TIMEOUT_MS = 86_400_000;

function assertDuration(name: string, value: number, least: number, most = MAX_DURATION_MS): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`${name} must be an integer of ${least} to ${most}`);
}

function assertTags(tags: readonly string[]): void {
  if (tags.length > MAX_TAGS) throw new RangeError(`there may be ${MAX_TAGS} tags at the most`);
  if (!tags.every(isId)) throw new RangeError(`a tag ${ID_RULE}`);
}

/** How long a load may take and still have its value stored, unless it says how long it takes at the most. */
export const LEASE_TTL_MS = 10_000;
/** From the end of a load to its storing. */
const STORE_MS = 500;

/** How long a lease is held by who does not come back. */
export function leaseTtlOf({ hardTimeoutMs }: LoadPolicy): number {
  return hardTimeoutMs === Infinity ? LEASE_TTL_MS : hardTimeoutMs + STORE_MS;
}

/** How long its entry can be used, ms. */
export function lifeOf({ ttlMs, negativeTtlMs, graceMs }: LoadPolicy): number {
  return Math.max(ttlMs, negativeTtlMs) + graceMs;
}

/** How long the stamps of its tags are needed that are read before its load: also while that runs. */
export function stampLifeOf(policy: LoadPolicy): number {
  return leaseTtlOf(policy) + lifeOf(policy);
}

export function ttlOf(policy: LoadPolicy, value: CacheValue): number {
  return value.isNull ? policy.negativeTtlMs : policy.ttlMs;
}

/**
 * Whether this reader loads a fresh value anew: XFetch (Vattani, Chierichetti, Lowenstein, VLDB 2015). The nearer the
 * expiry and the slower the load, the likelier.
 *
 * @param leftMs until it expires.
 * @param deltaMs how long its load took.
 */
export function isDueEarly(leftMs: number, deltaMs: number, beta: number): boolean {
  const reach = deltaMs * beta;
  // Beyond that it happens to one reader in ten thousand million; most are spared the dice.
  if (reach === 0 || leftMs > 23 * reach) return false;
  // 1 - random() is never 0.
  return leftMs <= -reach * Math.log(1 - Math.random());
}
