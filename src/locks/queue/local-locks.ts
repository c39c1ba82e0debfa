import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { RedisClient } from '../../redis/index.js';
import { LockStore, type Resource } from '../lock-store.js';
import { Leftovers } from './leftovers.js';
import { LocalLock } from './local-lock.js';

/** The locks that this process holds or waits for, and the inbox in which it is told of them. */
@Injectable()
export class LocalLocks implements OnModuleInit, OnModuleDestroy {
  private readonly locks = new Map<string, LocalLock>();
  private readonly logger = new Logger('Locks');

  constructor(
    private readonly redis: RedisClient,
    private readonly store: LockStore,
    private readonly leftovers: Leftovers,
  ) {}

  onModuleInit(): void {
    const { connections } = this.redis;
    const { subscriber } = connections;
    subscriber.on('message', (channel: string, news: string) => {
      if (channel === this.store.channel) this.hear(news);
    });
    subscriber.on('ready', () => void this.listen());
    connections.onReady(() => this.look());
    if (subscriber.status === 'ready') void this.listen();
  }

  /** Long polls end before the server waits for its requests. */
  onModuleDestroy(): void {
    for (const lock of this.locks.values()) lock.close();
    this.leftovers.close();
  }

  of(resource: Resource): LocalLock {
    const keyed = this.store.keyed(resource);
    const { leases } = keyed.keys;
    const known = this.locks.get(leases);
    if (known) return known;
    const lock = new LocalLock(keyed, this.store, this.leftovers, () => {
      if (this.locks.get(leases) === lock) this.locks.delete(leases);
    });
    this.locks.set(leases, lock);
    return lock;
  }

  /** How many wait here for what has this key. */
  waitingFor(resource: Resource): number {
    return this.locks.get(this.store.keyed(resource).keys.leases)?.waiting ?? 0;
  }

  private async listen(): Promise<void> {
    try {
      await this.redis.connections.subscriber.subscribe(this.store.channel);
      this.look();
    } catch (error) {
      // The connection is gone again; its next 'ready' comes here again.
      this.logger.warn(`grants are not heard of: ${(error as Error).message}`);
    }
  }

  private look(): void {
    for (const lock of this.locks.values()) lock.look();
  }

  /** `<ms> <id> <key of the leases>`, as lua/queue.lua says it. */
  private hear(news: string): void {
    const [lookInMs, id, leases] = news.split(' ');
    this.locks.get(leases)?.hear(id, Number(lookInMs));
  }
}
