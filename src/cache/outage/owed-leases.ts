import { Injectable, type OnModuleInit } from '@nestjs/common';
import { CacheStore } from '../cache.store.js';
import type { Found } from '../found.js';
import { StoreHealth } from './store-health.js';

/** Beyond this the oldest are forgotten, and end by themselves. */
const MAX_OWED = 10_000;

/**
 * Leases of this process that nobody uses: those that were asked for, or could not be given back, when Redis did not
 * answer. They are given back as soon as it does; until they end, others would wait for what nobody loads.
 */
@Injectable()
export class OwedLeases implements OnModuleInit {
  /** Keys by lease. */
  private owed = new Map<string, string>();

  constructor(
    private readonly store: CacheStore,
    private readonly health: StoreHealth,
  ) {}

  onModuleInit(): void {
    this.health.onBack(() => this.giveBackAll());
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
  }

  /** One round trip in the background. */
  giveBack(key: string, lease: string): void {
    this.store.release(key, lease).catch(() => this.owe(key, lease));
  }

  private giveBackAll(): void {
    const { owed } = this;
    this.owed = new Map();
    for (const [lease, key] of owed) this.giveBack(key, lease);
  }
}
