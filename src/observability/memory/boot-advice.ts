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

  private whenReady(client: RedisClient, role: RedisRole): void {
    const warn = () => {
      this.memory.read(client).then(
        (info) => adviseOn(info, role).forEach((line) => this.logger.warn(`${role}: ${line}`)),
        (error: Error) => this.logger.warn(`${role}: its settings could not be checked: ${error.message}`),
      );
    };
    if (client.ready) warn();
    else client.connections.commands.once('ready', warn);
  }
}
