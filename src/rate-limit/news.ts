import { Injectable, type OnModuleInit, type OnApplicationShutdown } from '@nestjs/common';
import { RedisClient } from '../redis/index.js';
import { PoliciesService } from './policies/policies.service.js';
import { RateLimitKeys } from './rate-limit.keys.js';
import { RefusalCache } from './refusal-cache.js';

/** A change of a policy is known everywhere within a second, also when its news were lost. */
const LOOK_EVERY_MS = 500;

/**
 * Hears what other replicas have changed: policies, which are read anew, and counters, whose remembered refusals are
 * forgotten. What one replica says reaches the others by pub/sub; what was lost meanwhile is looked after.
 */
@Injectable()
export class News implements OnModuleInit, OnApplicationShutdown {
  private timer?: NodeJS.Timeout;
  private closing = false;

  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RateLimitKeys,
    private readonly policies: PoliciesService,
    private readonly refusals: RefusalCache,
  ) {}

  onModuleInit(): void {
    const { subscriber } = this.redis.connections;
    subscriber.on('message', (channel: string, news: string) => {
      if (channel === this.keys.news()) this.hear(news);
    });
    subscriber.on('close', () => (this.refusals.hearing = false));
    subscriber.on('ready', () => void this.listen());
    if (subscriber.status === 'ready') void this.listen();
    this.policies.onChange(() => this.refusals.forget());
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    this.closing = true;
    clearInterval(this.timer);
    this.refusals.hearing = false;
  }

  private async listen(): Promise<void> {
    try {
      await this.redis.connections.subscriber.subscribe(this.keys.news());
      this.refusals.hearing = !this.closing;
      await this.policies.refresh();
    } catch {
      // The connection is gone again; its next 'ready' comes here again.
      this.refusals.hearing = false;
    }
  }

  /** Where Redis does not answer, its news may not come either, also over a connection that looks alive. */
  private async look(): Promise<void> {
    if (await this.policies.refresh()) return;
    this.refusals.hearing = false;
    const { subscriber } = this.redis.connections;
    if (subscriber.status === 'ready' && !this.closing) subscriber.disconnect(true);
  }

  private hear(news: string): void {
    this.refusals.forget();
    if (news === 'policies') void this.policies.refresh();
  }
}
