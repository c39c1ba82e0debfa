import { Injectable } from '@nestjs/common';
import { StateStoreUnavailableError } from '../../redis/index.js';
import { CacheStore } from '../cache.store.js';
import type { Found, ReadRequest } from '../found.js';
import { Tokens } from '../tokens.js';
import { OwedLeases } from './owed-leases.js';
import { PendingInvalidations } from './pending-invalidations.js';
import { StoreHealth } from './store-health.js';

/** Reads that hold nobody up: while Redis is away, or has what was invalidated here, they find nothing. */
@Injectable()
export class BoundedReads {
  private readonly tokens = new Tokens();

  constructor(
    private readonly store: CacheStore,
    private readonly health: StoreHealth,
    private readonly pending: PendingInvalidations,
    private readonly owed: OwedLeases,
  ) {}

  /**
   * One round trip, or none; undefined when Redis is away.
   *
   * @param onSent called when the read leaves.
   */
  async read(key: string, request: ReadRequest, onSent: () => void): Promise<Found | undefined> {
    if (this.health.isAway || this.pending.concerns(key)) return undefined;
    const lease = request.mode === 'read' ? undefined : this.tokens.next();
    const reading = this.store.read(key, request, lease, onSent);
    try {
      const found = await this.health.wait(() => reading);
      if (!this.pending.concerns(key, found.hit?.tags)) return found;
    } catch (error) {
      if (!(error instanceof StateStoreUnavailableError)) throw error;
    }
    if (lease) this.owed.ofRead(key, lease, reading);
    return undefined;
  }
}
