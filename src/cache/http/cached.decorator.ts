import { SetMetadata } from '@nestjs/common';

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

/** Answers a GET route from the cache, and fills it from the handler. Only answers without an error are stored. */
export const Cached = (options: CachedOptions): MethodDecorator => SetMetadata(CACHED, options);
