import type { ExecutionContext } from '@nestjs/common';

export const CACHED = Symbol('cached');
export const INVALIDATES_CACHE = Symbol('invalidates cache');

/** The metadata of @nestjs/cache-manager, whose decorators are understood. */
export const CACHE_KEY = 'cache_module:cache_key';
export const CACHE_TTL = 'cache_module:cache_ttl';

export type CacheKeyFactory = (context: ExecutionContext) => string;

/** In milliseconds. */
export type CacheTtlFactory = (context: ExecutionContext) => number | Promise<number>;

export interface CachedOptions {
  /** How long an answer is fresh, ms. Absent: as `@CacheTTL()` says. */
  readonly ttlMs?: number;
  /** How long after that it still stands in while the handler runs anew, or fails, ms. Default 0. */
  readonly graceMs?: number;
  /** What invalidates the answer together with others; `{name}` stands for the path parameter, percent-encoded. */
  readonly tags?: readonly string[];
  /**
   * Names the entry; `{name}` stands for the path parameter, percent-encoded. Absent: as `@CacheKey()` says, else the
   * path with its sorted query.
   */
  readonly key?: string;
  /** Request headers on which the answer depends: an entry for each of their values. */
  readonly vary?: readonly string[];
  /**
   * `public`: one answer for everyone, also for requests that carry credentials. `session`: an entry for each session,
   * which ends with it. Absent: a request with credentials is neither answered from the cache nor stored.
   */
  readonly scope?: 'public' | 'session';
  /** How long clients may use the answer without asking, at the most, ms. 0: they ask each time. Default: while it is fresh. */
  readonly clientTtlMs?: number;
}

export interface InvalidatesCacheOptions {
  /** Entries to remove with all their variants; `{name}` stands for the path parameter, percent-encoded. */
  readonly keys?: readonly string[];
  /** Tags to invalidate, written in the same way. */
  readonly tags?: readonly string[];
  /** What the keys of the entries to remove begin with, written in the same way. */
  readonly prefix?: string;
}
