import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { CacheRedisClient, StateStoreUnavailableError } from '../../redis/index.js';
import { type Invalidation, Invalidations } from './invalidations.js';

/** Beyond this the oldest are dropped: their entries stay until their TTL. */
const MAX_PENDING = 100_000;

/** Invalidates, and keeps what could not be done until Redis is back: a write's old value must not return. */
@Injectable()
export class PendingInvalidations implements OnModuleInit {
  private readonly waiting = { ids: new Set<string>(), tags: new Set<string>(), prefixes: new Set<string>() };
  private readonly logger = new Logger('Cache');

  constructor(
    @Inject(CacheRedisClient) private readonly redis: CacheRedisClient,
    private readonly invalidations: Invalidations,
  ) {}

  onModuleInit(): void {
    this.redis.connections.onReady(() => void this.makeUp());
  }

  /** @returns false when Redis is away: it is done as soon as it is back. */
  async run(invalidation: Invalidation): Promise<boolean> {
    try {
      await this.invalidations.run(invalidation);
      return true;
    } catch (error) {
      if (!(error instanceof StateStoreUnavailableError)) throw error;
      for (const kind of ['ids', 'tags', 'prefixes'] as const) {
        for (const each of invalidation[kind]) this.remember(this.waiting[kind], each);
      }
      return false;
    }
  }

  private remember(waiting: Set<string>, each: string): void {
    if (waiting.size >= MAX_PENDING) {
      this.logger.warn('too many invalidations wait for Redis: the oldest entry stays until its TTL');
      for (const oldest of waiting) {
        waiting.delete(oldest);
        break;
      }
    }
    waiting.add(each);
  }

  private async makeUp(): Promise<void> {
    const { ids, tags, prefixes } = this.waiting;
    const count = ids.size + tags.size + prefixes.size;
    if (count === 0) return;
    const all = { ids: [...ids], tags: [...tags], prefixes: [...prefixes] };
    for (const waiting of [ids, tags, prefixes]) waiting.clear();
    if (await this.run(all)) this.logger.log(`made up for ${count} invalidations`);
  }
}
