import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { CacheRedisClient, RedisClient } from '../../redis/index.js';
import { adviseOn, type RedisRole } from './memory-advice.js';
import { RedisMemory } from './redis-memory.js';

/** Warns once, as soon as each Redis answers, about settings that do not fit what it holds. */
@Injectable()
export class BootAdvice implements OnApplicationBootstrap {
  private readonly logger = new Logger('Redis');

  constructor(
    private readonly memory: RedisMemory,
    @Inject(RedisClient) private readonly state: RedisClient,
    @Inject(CacheRedisClient) private readonly cache: CacheRedisClient,
  ) {}

  onApplicationBootstrap(): void {
    const shared = this.cache === this.state;
    this.whenReady(this.state, shared ? 'state and cache' : 'state');
    if (!shared) this.whenReady(this.cache, 'cache');
  }

  /** What cannot be read now is read when more of Redis has answered. */
  private whenReady(client: RedisClient, role: RedisRole): void {
    let done = false;
    const advise = async () => {
      if (done || !client.ready) return;
      done = true;
      try {
        adviseOn(await this.memory.read(client), role).forEach((line) =>
          this.logger.warn(`${role}: ${line}`),
        );
      } catch (error) {
        done = false;
        this.logger.warn(`${role}: its settings could not be checked: ${(error as Error).message}`);
      }
    };
    client.connections.onReady(() => void advise());
    void advise();
  }
}
