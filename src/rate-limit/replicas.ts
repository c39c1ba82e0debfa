import { randomUUID } from 'node:crypto';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { RedisClient, StateStoreUnavailableError } from '../redis/index.js';
import { RateLimitKeys } from './rate-limit.keys.js';
import { heartbeat, leave } from './rate-limit.scripts.js';

const BEAT_MS = 2000;
/** A replica that was silent for so long is gone. */
const LIFE_MS = 6500;

/** How many replicas share the limits: what each may allow by itself while Redis is away. */
@Injectable()
export class Replicas implements OnModuleInit, OnApplicationShutdown {
  private readonly id = randomUUID();
  private timer?: NodeJS.Timeout;
  private lastCount = 1;

  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RateLimitKeys,
  ) {}

  /** As last heard from Redis, and itself at least. */
  get count(): number {
    return this.lastCount;
  }

  async onModuleInit(): Promise<void> {
    this.timer = setInterval(() => void this.beat(), BEAT_MS).unref();
    await this.beat();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.unlessAway(
      this.redis.run(leave, { keys: { replicas: this.keys.replicas() }, args: { replica: this.id } }),
    );
  }

  private async beat(): Promise<void> {
    const count = await this.unlessAway(
      this.redis.run(heartbeat, {
        keys: { replicas: this.keys.replicas() },
        args: { replica: this.id, lifeMs: LIFE_MS },
      }),
    );
    if (count !== undefined) this.lastCount = count;
  }

  /** While Redis is away the last count holds; the client has counted the fault. */
  private unlessAway<R>(command: Promise<R>): Promise<R | undefined> {
    return command.catch((error: unknown) => {
      if (error instanceof StateStoreUnavailableError) return undefined;
      throw error;
    });
  }
}
