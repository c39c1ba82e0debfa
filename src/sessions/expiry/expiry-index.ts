import { Injectable } from '@nestjs/common';
import { RedisClient } from '../../redis/index.js';
import { SessionEvents } from '../session-events.js';
import { SessionsKeys } from '../sessions.keys.js';
import { type Claim, claimDue, scheduleLook, settleClaim } from './expiry.scripts.js';

/** Sorted sets over which the users are spread, so that a Cluster shares the work. */
const SHARDS = 16;
/** A replica that has not told of an expiry for so long is gone: another one tells. */
const LEASE_MS = 5000;
const RETRY_MS = 1000;
/** A fleet that is down for longer forgets what has expired meanwhile. */
const KEEP_MS = 86_400_000;
/** Users of a shard that one look takes. */
const MOST = 64;

/**
 * When each user's sessions are next to be looked at. It exists only while somebody listens to expiries. An entry is
 * written before the session that it is for, so that a crash in between leaves a look in vain and not a session unseen.
 */
@Injectable()
export class ExpiryIndex {
  constructor(
    private readonly redis: RedisClient,
    private readonly keys: SessionsKeys,
    private readonly events: SessionEvents,
  ) {}

  /** For how long a user's key outlives its sessions, so that they can be told of. */
  get keepMs(): number {
    return this.events.has('expired') ? KEEP_MS : 0;
  }

  /** One round trip, none without listeners. @throws StateStoreUnavailableError */
  async schedule(tag: string, afterMs: number): Promise<void> {
    if (!this.events.has('expired')) return;
    await this.redis.run(scheduleLook, {
      keys: { due: this.due(tag) },
      args: { tag, afterMs, keepMs: KEEP_MS },
    });
  }

  /** Users who are due, for this replica alone as long as their lease lasts. One round trip. */
  async claim(): Promise<readonly Claim[]> {
    const shards = Array.from({ length: SHARDS }, (_, shard) =>
      this.redis.run(claimDue, {
        keys: { due: this.keys.due(shard) },
        args: { leaseMs: LEASE_MS, most: MOST },
      }),
    );
    return (await Promise.all(shards)).flat();
  }

  /** @param nextAt epoch ms; 0: never. */
  async settle({ tag, score }: Claim, nextAt: number): Promise<void> {
    await this.redis.run(settleClaim, {
      keys: { due: this.due(tag) },
      args: { tag, claim: score, nextAt, keepMs: KEEP_MS },
    });
  }

  /** Looks again soon, where something could not be told. */
  async retry(claim: Claim): Promise<void> {
    await this.settle(claim, Math.floor(Number(claim.score)) - LEASE_MS + RETRY_MS);
  }

  private due(tag: string): string {
    return this.keys.due(Buffer.from(tag, 'base64url')[0] % SHARDS);
  }
}
