import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CacheStore } from '../cache.store.js';
import type { Found } from '../found.js';
import { StoreHealth } from './store-health.js';

/** Beyond this the oldest are forgotten, and end by themselves. */
const MAX_OWED = 10_000;

/** An answer that came too late from a Redis that is not away: nothing else would tell when to try again. */
const TRY_AGAIN_MS = 100;

/**
 * Leases of this process that nobody uses: those that were asked for, or could not be given back, when Redis did not
 * answer. They are given back as soon as it does; until they end, others would wait for what nobody loads.
 */
@Injectable()
export class OwedLeases implements OnModuleInit, OnApplicationShutdown {
  /** Keys by lease. */
  private owed = new Map<string, string>();
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly store: CacheStore,
    private readonly health: StoreHealth,
  ) {}

  onModuleInit(): void {
    this.health.onBack(() => this.giveBackAll());
  }

  onApplicationShutdown(): void {
    clearTimeout(this.timer);
  }

  /** A read that nobody waits for any more: the lease that it may still bring. */
  ofRead(key: string, lease: string, reading: Promise<Found>): void {
    reading.then(
      (found) => {
        if (found.lease?.isOwn) this.giveBack(key, lease);
      },
      () => this.owe(key, lease),
    );
  }

  /** Where it is not known whether it was stored under, or lies in Redis at all. */
  owe(key: string, lease: string): void {
    for (const oldest of this.owed.keys()) {
      if (this.owed.size < MAX_OWED) break;
      this.owed.delete(oldest);
    }
    this.owed.set(lease, key);
    this.timer ??= setTimeout(() => this.tryAgain(), TRY_AGAIN_MS).unref();
  }

  /** One round trip in the background. */
  giveBack(key: string, lease: string): void {
    this.store.release(key, lease).catch(() => this.owe(key, lease));
  }

  private tryAgain(): void {
    this.timer = undefined;
    if (!this.health.isAway) this.giveBackAll();
  }

  private giveBackAll(): void {
    const { owed } = this;
    this.owed = new Map();
    for (const [lease, key] of owed) this.giveBack(key, lease);
  }
}
