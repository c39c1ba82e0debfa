import { Injectable } from '@nestjs/common';
import { CacheKeys } from './cache.keys.js';
import type { Found, ReadRequest } from './found.js';
import { type LocalEntry, LocalTier } from './local/local-tier.js';
import { BoundedReads } from './outage/bounded-reads.js';

/** A read that others join until it leaves: who comes later may know of a change that it will not see. */
interface SharedRead {
  found: Promise<Found | undefined>;
  isSent: boolean;
}

/** Reads entries: here, else in Redis, once for all who read the same in one turn of the event loop. */
@Injectable()
export class CacheReader {
  private turn = new Map<string, SharedRead>();

  constructor(
    private readonly reads: BoundedReads,
    private readonly local: LocalTier,
    private readonly keys: CacheKeys,
  ) {}

  /** A fresh value that this process has; no round trip. */
  here(key: string, now: number): LocalEntry | undefined {
    return this.local.get(this.keys.id(key), now);
  }

  /** One round trip; undefined when Redis is away. */
  read(key: string, request: ReadRequest): Promise<Found | undefined> {
    const name = `${request.mode}${request.rejected ?? ''} ${key}`;
    const known = this.turn.get(name);
    if (known && !known.isSent) return known.found;
    const read = { isSent: false } as SharedRead;
    read.found = this.find(key, request, () => (read.isSent = true));
    // A new Map: one that is cleared again and again keeps what it held alive until a full garbage collection.
    if (this.turn.size === 0) setImmediate(() => (this.turn = new Map()));
    this.turn.set(name, read);
    return read.found;
  }

  private async find(key: string, request: ReadRequest, onSent: () => void): Promise<Found | undefined> {
    const found = await this.reads.read(key, request, onSent);
    if (found) this.keep(key, found);
    return found;
  }

  private keep(key: string, { hit, mark, sentAt, lease }: Found): void {
    if (!hit?.isFresh) return;
    // Of a fresh value only an early refresh has a lease: one is under way, be it another's.
    const isRefreshing = lease !== undefined;
    const { value, stamps, deltaMs, freshForMs } = hit;
    const freshUntil = sentAt + freshForMs;
    this.local.keep(this.keys.id(key), mark, { value, stamps, deltaMs, freshUntil, isRefreshing });
  }
}
