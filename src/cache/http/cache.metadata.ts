export const CACHED = Symbol('cached');

export interface CachedOptions {
  /** Names the entry; `{name}` stands for the path parameter. Absent: the path with its sorted query. */
  readonly key?: string;
  readonly ttlMs: number;
  /**
   * `public`: one answer for everyone, also for requests that carry credentials. Absent: such a request is neither
   * answered from the cache nor stored.
   */
  readonly scope?: 'public';
}

export const INVALIDATES_CACHE = Symbol('invalidates cache');

export interface InvalidatesCacheOptions {
  /** Entries to remove; `{name}` stands for the path parameter. */
  readonly keys: readonly string[];
}
