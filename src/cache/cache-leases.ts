import { Injectable } from '@nestjs/common';
import { StateStoreUnavailableError } from '../redis/index.js';
import { LeaseLostError } from './cache.errors.js';
import { CacheStore } from './cache.store.js';
import { TOKEN_BYTES } from './frame.js';
import type { FoundValue } from './found.js';
import { LEASE_TTL_MS, type LoadPolicy } from './loads/load-policy.js';
import { PendingInvalidations } from './outage/pending-invalidations.js';
import { LOOK_LIFE_MS } from './tags/tag-stamps.js';
import type { CacheValue } from './values/cache-value.js';

const TIME_BYTES = 6;

/** When another caller has the lease, its value may be there after so long. */
const ASK_AGAIN_MS = 100;

export interface LeasedRead {
  readonly hit?: FoundValue;
  /** The caller's, to store the value under. */
  readonly leaseToken?: string;
  /** Another caller has the lease: when to ask again. */
  readonly retryAfterMs?: number;
}

/**
 * Leases for those who load in other processes than this one. A lease token is the lease and the time, by Redis' clock, at
 * which it was given: what was invalidated since by a tag that was not known then is told by it.
 */
@Injectable()
export class CacheLeases {
  constructor(
    private readonly store: CacheStore,
    private readonly pending: PendingInvalidations,
  ) {}

  /** What is there. One round trip, two for a value with tags. @throws StateStoreUnavailableError */
  async look(key: string): Promise<LeasedRead> {
    const { hit } = await this.store.read(key, { mode: 'read', tags: [], lifeMs: LOOK_LIFE_MS });
    this.assertValid(key, hit);
    return { hit };
  }

  /** The same, and the lease to store a new value when it is not fresh. @throws StateStoreUnavailableError */
  async read(key: string): Promise<LeasedRead> {
    const request = { mode: 'load', tags: [], lifeMs: LOOK_LIFE_MS, leaseTtlMs: LEASE_TTL_MS } as const;
    const { hit, lease, now } = await this.store.read(key, request);
    try {
      this.assertValid(key, hit);
    } catch (error) {
      if (lease?.isOwn) await this.store.release(key, lease.token);
      throw error;
    }
    if (!lease) return { hit };
    if (lease.isOwn) return { hit, leaseToken: toToken(lease.token, now) };
    return { hit, retryAfterMs: Math.max(1, Math.min(lease.heldForMs, ASK_AGAIN_MS)) };
  }

  /**
   * Stores a value under a lease that {@link read} gave. One round trip, two with tags.
   *
   * @throws LeaseLostError, StateStoreUnavailableError
   */
  async fill(key: string, value: CacheValue, policy: LoadPolicy, leaseToken: string): Promise<void> {
    const { lease, givenAt } = fromToken(leaseToken);
    const stamps = await this.store.stampsSince(key, policy, givenAt);
    if (!stamps) {
      await this.store.release(key, lease);
      throw new LeaseLostError();
    }
    if (!(await this.store.store(key, { ...policy, value, stamps, lease }))) throw new LeaseLostError();
  }

  /** @throws StateStoreUnavailableError for a value that was invalidated here, which Redis does not know yet. */
  private assertValid(key: string, hit: FoundValue | undefined): void {
    if (hit && this.pending.concerns(key, hit.tags)) throw new StateStoreUnavailableError();
  }
}

function toToken(lease: string, givenAt: number): string {
  const token = Buffer.alloc(TOKEN_BYTES + TIME_BYTES);
  token.write(lease, 'latin1');
  token.writeUIntBE(givenAt, TOKEN_BYTES, TIME_BYTES);
  return token.toString('base64url');
}

/** @throws LeaseLostError for what is no token: it was never given. */
function fromToken(leaseToken: string): { lease: string; givenAt: number } {
  const token = Buffer.from(leaseToken, 'base64url');
  if (token.length !== TOKEN_BYTES + TIME_BYTES || token.toString('base64url') !== leaseToken) {
    throw new LeaseLostError();
  }
  return {
    lease: token.toString('latin1', 0, TOKEN_BYTES),
    givenAt: token.readUIntBE(TOKEN_BYTES, TIME_BYTES),
  };
}
