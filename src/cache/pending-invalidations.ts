import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { CacheRedisClient, StateStoreUnavailableError } from '../redis/index.js';

/** Beyond this the oldest are dropped: their entries stay until their TTL. */
const MAX_PENDING = 100_000;

/** Deletes entries, and keeps what could not be deleted until Redis is back: a write's old value must not return. */
@Injectable()
export class PendingInvalidations implements OnModuleInit {
  private readonly entries = new Set<string>();
  private readonly logger = new Logger('Cache');

  constructor(private readonly redis: CacheRedisClient) {}

  onModuleInit(): void {
    this.redis.connections.onReady(() => void this.makeUp());
  }

  /** Never fails for a Redis that is away: the deletion is made up for. */
  async remove(entries: readonly string[]): Promise<void> {
    try {
      await this.delete(entries);
    } catch (error) {
      if (!(error instanceof StateStoreUnavailableError)) throw error;
      for (const entry of entries) this.remember(entry);
    }
  }

  private remember(entry: string): void {
    if (this.entries.size >= MAX_PENDING) {
      this.logger.warn('too many invalidations wait for Redis: the oldest entry stays until its TTL');
      for (const oldest of this.entries) {
        this.entries.delete(oldest);
        break;
      }
    }
    this.entries.add(entry);
  }

  private async makeUp(): Promise<void> {
    if (this.entries.size === 0) return;
    const entries = [...this.entries];
    this.entries.clear();
    await this.remove(entries);
    this.logger.log(`made up for ${entries.length} invalidations`);
  }

  /** One command a key, sent together: in Cluster they lie in different slots. */
  private async delete(entries: readonly string[]): Promise<void> {
    await this.redis.call('cache.invalidate', (redis) =>
      Promise.all(entries.map((entry) => redis.unlink(entry))),
    );
  }
}
