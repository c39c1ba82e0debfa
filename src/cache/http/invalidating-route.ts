import type { FastifyRequest } from 'fastify';
import type { InvalidatesCacheOptions } from './cache.metadata.js';
import { keyFromTemplate, type RequestKey } from './request-key.js';

/** An `@InvalidatesCache()` route as it was understood. */
export class InvalidatingRoute {
  private readonly keys: readonly RequestKey[];
  private readonly tags: readonly RequestKey[];
  private readonly prefix?: RequestKey;

  /** @throws TypeError for what is empty. */
  constructor({ keys = [], tags = [], prefix }: InvalidatesCacheOptions) {
    if ([...keys, ...tags, prefix].includes('')) throw new TypeError('a key, a tag or the prefix is empty');
    this.keys = keys.map(keyFromTemplate);
    this.tags = tags.map(keyFromTemplate);
    if (prefix !== undefined) this.prefix = keyFromTemplate(prefix);
  }

  /** What a request that has succeeded invalidates. */
  of(request: FastifyRequest): { keys: string[]; tags: string[]; prefix: string | undefined } {
    return {
      keys: this.keys.map((keyOf) => keyOf(request)),
      tags: this.tags.map((tagOf) => tagOf(request)),
      prefix: this.prefix?.(request),
    };
  }
}
