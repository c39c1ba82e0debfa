import { Injectable } from '@nestjs/common';
import { type RedisKeys, RedisKeyspace } from '../redis/index.js';

/** Locks and semaphores may share a name. */
export type LockKind = 'lock' | 'semaphore';

/** What the scripts of one lock touch, in one slot. */
export interface LockKeys {
  readonly leases: string;
  readonly queue: string;
  readonly waiters: string;
  readonly fence: string;
}

/** The keys of a lock share its slot, and are there only while it is held or waited for. */
@Injectable()
export class LocksKeys {
  private readonly keys: RedisKeys;

  constructor(keyspace: RedisKeyspace) {
    this.keys = keyspace.of('locks');
  }

  /** `<prefix>:<namespace>:locks:{<name>}:lock`, `:lock-queue`, `:lock-waiters`, `:lock-fence`; the same with `semaphore`. */
  of(kind: LockKind, name: string): LockKeys {
    const leases = this.keys.key(name, kind);
    return { leases, queue: `${leases}-queue`, waiters: `${leases}-waiters`, fence: `${leases}-fence` };
  }

  /** `<prefix>:<namespace>:locks:{<replica>}:inbox`: the channel on which a replica hears what it was granted. */
  inbox(replica: string): string {
    return this.keys.key(replica, 'inbox');
  }

  /** `<prefix>:<namespace>:locks:{<resource>}:mark`: the highest fencing token that a resource has seen. */
  mark(resource: string): string {
    return this.keys.key(resource, 'mark');
  }
}
