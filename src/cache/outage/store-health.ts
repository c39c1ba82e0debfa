import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Settings } from '../../config/index.js';
import { Metrics } from '../../observability/index.js';
import {
  CacheRedisClient,
  CommandDeadline,
  DeadlineExceededError,
  StateStoreUnavailableError,
} from '../../redis/index.js';

/** How often a Redis that is away is asked whether it answers again. */
const ASK_AGAIN_MS = 100;

/**
 * A circuit breaker on the Redis of the cache. A silence of CACHE_READ_TIMEOUT_MS, while something was asked, opens it: from
 * then on nobody waits. One small question at a time, in the background, closes it as soon as it is answered.
 *
 * It is shorter than the deadline of a command, which drops the connection that all features share: a value can be had
 * without the cache, and the rest cannot be had without Redis.
 */
@Injectable()
export class StoreHealth implements OnModuleInit, OnApplicationShutdown {
  private readonly silence: CommandDeadline;
  private readonly listeners: (() => void)[] = [];
  private readonly logger = new Logger('Cache');
  /** Set while it is away. */
  private timer?: NodeJS.Timeout;
  private isAsking = false;

  constructor(
    @Inject(CacheRedisClient) private readonly redis: CacheRedisClient,
    settings: Settings,
    metrics: Metrics,
  ) {
    this.silence = new CommandDeadline(settings.cacheReadTimeoutMs, () => this.leave(), true);
    // A large value is a long answer, and no silence.
    redis.connections.onData(() => this.silence.heard());
    metrics.gauge(
      'cache_redis_away',
      '1 while values are loaded without Redis, as it does not answer.',
      [],
      (gauge) => gauge.set(this.isAway ? 1 : 0),
    );
  }

  onModuleInit(): void {
    this.redis.connections.onReady(() => this.comeBack());
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  get isAway(): boolean {
    return this.timer !== undefined;
  }

  /** Called back when Redis may answer again, before anybody else asks it. */
  onBack(listener: () => void): void {
    this.listeners.push(listener);
  }

  /**
   * Sends a command, unless Redis is away, and waits for the answer as long as Redis is not silent.
   *
   * @throws StateStoreUnavailableError; the command may still be carried out. Whatever it throws itself.
   */
  async wait<R>(send: () => Promise<R>): Promise<R> {
    if (this.isAway) throw new StateStoreUnavailableError();
    try {
      return await this.silence.race(send);
    } catch (error) {
      throw error instanceof DeadlineExceededError ? new StateStoreUnavailableError({ cause: error }) : error;
    }
  }

  private leave(): void {
    if (this.timer) return;
    this.logger.warn('Redis does not answer: values are loaded without it');
    this.timer = setInterval(() => void this.ask(), ASK_AGAIN_MS).unref();
    void this.ask();
  }

  /** TIME: whoever may read the cache may ask for it. */
  private async ask(): Promise<void> {
    if (this.isAsking) return;
    this.isAsking = true;
    try {
      await this.redis.call('cache.ask', (redis) => redis.time());
      this.comeBack();
    } catch {
      // Not yet.
    } finally {
      this.isAsking = false;
    }
  }

  private comeBack(): void {
    if (this.timer) this.logger.log('Redis answers again');
    clearInterval(this.timer);
    this.timer = undefined;
    for (const listener of this.listeners) listener();
  }
}
