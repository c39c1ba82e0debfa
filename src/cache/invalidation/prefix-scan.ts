import { Inject, Injectable } from '@nestjs/common';
import { Settings } from '../../config/index.js';
import { CacheRedisClient } from '../../redis/index.js';
import { CacheKeys } from '../cache.keys.js';
import { declaredPrefixes } from '../tags/prefix-tags.js';

/** Redis looks at so many keys in one step: some hundred microseconds. */
const STEP_KEYS = 500;

/** Finds the entries of a prefix that was not declared, by SCAN: O(keys in Redis), in steps that hold nobody up. */
@Injectable()
export class PrefixScan {
  private readonly declared: ReadonlySet<string>;

  constructor(
    @Inject(CacheRedisClient) private readonly redis: CacheRedisClient,
    private readonly keys: CacheKeys,
    settings: Settings,
  ) {
    this.declared = new Set(declaredPrefixes(settings));
  }

  /** True for a prefix whose entries bear a stamp for it, so that none of them has to be found. */
  isDeclared(prefix: string): boolean {
    return this.declared.has(prefix);
  }

  /**
   * The ids of the entries of a prefix, a step at a time. Every entry that is there all the time is found, and so every
   * load that has begun before; one may be found twice.
   *
   * @throws StateStoreUnavailableError
   */
  async *find(prefix: string): AsyncGenerator<readonly string[], void> {
    const pattern = this.keys.entriesWith(prefix);
    for (const node of this.redis.connections.masters) {
      let cursor = '0';
      do {
        const [next, found] = await this.redis.call('cache.scan', () =>
          node.scan(cursor, 'MATCH', pattern, 'COUNT', STEP_KEYS),
        );
        cursor = next;
        yield found.flatMap((key) => this.keys.parse(key)?.id || []);
      } while (cursor !== '0');
    }
  }
}
