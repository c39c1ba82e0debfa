import { SetMetadata } from '@nestjs/common';

export const INVALIDATES_CACHE = Symbol('invalidates cache');

export interface InvalidatesCacheOptions {
  /** Entries to remove; `{name}` stands for the path parameter. */
  readonly keys: readonly string[];
}

/** Removes entries after the handler has succeeded and before its answer goes out. */
export const InvalidatesCache = (options: InvalidatesCacheOptions): MethodDecorator =>
  SetMetadata(INVALIDATES_CACHE, options);
