import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { StateStoreUnavailableError } from '../../redis/index.js';
import { LockStore, type KeyedResource } from '../lock-store.js';

/** What was granted, or queued, is over by itself after its ttl, and an entry after ten seconds without a word. */
const ENTRY_LIFE_MS = 10_000;
const PAUSE_MS = 250;

/**
 * Requests whose end is not known to have reached Redis. Each is ended as soon as Redis is back: nobody waits for a lease
 * that nobody has.
 */
@Injectable()
export class Leftovers {
  private readonly ids = new Set<string>();
  private closing = false;

  constructor(private readonly store: LockStore) {}

  /** Returns at once. */
  drop(resource: KeyedResource, { id, ttlMs }: { readonly id: string; readonly ttlMs: number }): void {
    if (this.ids.has(id)) return;
    this.ids.add(id);
    void this.untilDropped(resource, id, performance.now() + Math.max(ttlMs, ENTRY_LIFE_MS)).finally(() =>
      this.ids.delete(id),
    );
  }

  /** Stops trying: what is left ends by itself. */
  close(): void {
    this.closing = true;
  }

  private async untilDropped(resource: KeyedResource, id: string, until: number): Promise<void> {
    while (!this.closing && performance.now() < until) {
      const isDropped = await this.store.release(resource, id).then(() => true, away);
      if (isDropped) return;
      await pause(PAUSE_MS, undefined, { ref: false });
    }
  }
}

/** Counted by the client of Redis; tried again here. */
function away(error: unknown): false {
  if (error instanceof StateStoreUnavailableError) return false;
  throw error;
}
