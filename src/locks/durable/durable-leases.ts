import { Injectable } from '@nestjs/common';
import { type Durability, DurableRedis } from '../../redis/index.js';
import type { Lease } from '../lease.js';
import { LockNotDurableError } from '../locks.errors.js';
import type { GrantReply } from '../locks.scripts.js';
import { extendLease } from '../locks.scripts.js';
import { LockStore, type Resource, type Sent } from '../lock-store.js';

/** Leases that are held only once other servers know of them. */
@Injectable()
export class DurableLeases {
  constructor(
    private readonly redis: DurableRedis,
    private readonly store: LockStore,
  ) {}

  /**
   * Makes a lease wait for replicas: now, and at each extension. Two round trips, and what the replicas take.
   *
   * @throws LockNotDurableError when too few know of it: then it is given back. StateStoreUnavailableError
   */
  async confirm(resource: Resource, lease: Lease, durability: Durability): Promise<void> {
    lease.extendsBy((ttlMs) => this.extend(resource, lease.id, ttlMs, durability));
    try {
      await lease.extend();
    } catch (error) {
      // What cannot be given back now is given back as soon as Redis is there.
      await lease.release().catch(() => false);
      throw error;
    }
  }

  private async extend(
    resource: Resource,
    id: string,
    ttlMs: number,
    durability: Durability,
  ): Promise<Sent<GrantReply> | null> {
    const { leases } = this.store.keyed(resource).keys;
    const sentAt = performance.now();
    const call = { keys: { leases }, args: { id, ttlMs } };
    const { reply, isDurable } = await this.redis.run(extendLease, call, durability);
    if (reply && !isDurable) throw new LockNotDurableError(resource.name, durability.replicas);
    return reply && { ...reply, sentAt };
  }
}
