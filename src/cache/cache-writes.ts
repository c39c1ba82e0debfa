import { Injectable } from '@nestjs/common';
import { OwnEvents } from '../http/index.js';
import { StateStoreUnavailableError } from '../redis/index.js';
import { CacheStore } from './cache.store.js';
import type { Found } from './found.js';
import { leaseTtlOf, lifeOf, stampLifeOf, type LoadPolicy } from './loads/load-policy.js';
import { Loads } from './loads/loads.js';
import { type Invalidated, PendingInvalidations } from './outage/pending-invalidations.js';
import { StoreHealth } from './outage/store-health.js';
import type { CacheValue } from './values/cache-value.js';

/** Everything that changes entries other than by a load. */
@Injectable()
export class CacheWrites {
  constructor(
    private readonly store: CacheStore,
    private readonly loads: Loads,
    private readonly pending: PendingInvalidations,
    private readonly health: StoreHealth,
    private readonly ownEvents: OwnEvents,
  ) {}

  /** @throws StateStoreUnavailableError */
  async set(key: string, value: CacheValue, policy: LoadPolicy): Promise<void> {
    this.loads.forgetWithoutStore();
    const stamps = await this.store.stampsFor(key, policy.tags, lifeOf(policy));
    await this.store.store(key, { ...policy, value, stamps });
  }

  /**
   * Removes an entry.
   *
   * @returns whether there was a fresh value; false also when Redis is away: it is made up for.
   */
  async remove(key: string, tags: readonly string[]): Promise<boolean> {
    this.loads.forgetWithoutStore();
    const wasFresh = await unlessAway(this.store.remove(key, tags));
    if (wasFresh === undefined) await this.invalidate({ keys: [key] });
    else this.tell({ keys: [key] });
    return wasFresh ?? false;
  }

  /**
   * Takes the lease of the entry from whoever has it, writes, and stores under it. A lease that is gone after the write
   * means another write, or an invalidation, in between: who was first at the source is not known, so nothing stays.
   */
  async through(key: string, write: () => Promise<CacheValue>, policy: LoadPolicy): Promise<CacheValue> {
    this.loads.forgetWithoutStore();
    const startedAt = performance.now();
    const found = await unlessAway(this.health.wait(() => this.take(key, policy)));
    let isStored: boolean | undefined;
    try {
      const value = await write();
      if (found?.lease) {
        const deltaMs = performance.now() - startedAt;
        const { stamps, lease } = found;
        const request = { ...policy, value, deltaMs, stamps, lease: lease.token };
        isStored = await unlessAway(this.health.wait(() => this.store.store(key, request)));
      }
      return value;
    } finally {
      if (!isStored) await this.invalidate({ keys: [key] });
    }
  }

  private take(key: string, policy: LoadPolicy): Promise<Found> {
    const leaseTtlMs = leaseTtlOf(policy);
    return this.store.read(key, {
      mode: 'write',
      tags: policy.tags,
      lifeMs: stampLifeOf(policy),
      leaseTtlMs,
    });
  }

  /** @returns false when Redis is away: it is made up for. */
  async invalidate(what: Invalidated): Promise<boolean> {
    this.loads.forgetWithoutStore();
    const isDone = await this.pending.run(what);
    this.tell(what);
    return isDone;
  }

  private tell({ keys = [], tags = [], prefix }: Invalidated): void {
    if (!this.ownEvents.arePublished) return;
    this.ownEvents.tell({ type: 'cache.invalidated', data: { keys, tags, prefix } });
  }
}

/** Undefined when Redis is away, which the client has counted. */
async function unlessAway<T>(command: Promise<T>): Promise<T | undefined> {
  try {
    return await command;
  } catch (error) {
    if (!(error instanceof StateStoreUnavailableError)) throw error;
    return undefined;
  }
}
