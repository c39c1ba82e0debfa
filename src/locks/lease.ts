import { LockNotOwnedError } from './locks.errors.js';
import type { GrantReply } from './locks.scripts.js';
import type { LeaseRequest, Sent } from './lock-store.js';

/** The end of a lease is not used: timers are late (5 %, at most 100 ms), and clocks differ in rate (0.1 %). */
const GUARD_SHARE = 0.05;
const LONGEST_GUARD_MS = 100;
const DRIFT_SHARE = 0.001;

/** What a lease needs of who gave it. */
export interface LeaseKeeper {
  /** @returns null when it is not held. */
  extend(lease: Lease, ttlMs: number): Promise<Sent<GrantReply> | null>;
  release(lease: Lease): Promise<boolean>;
  /** Called once, when it has ended: released, lost or over. */
  ended(lease: Lease): void;
}

/**
 * The right to a lock, or to one permit of a semaphore, for a time. When it ends is known by this process' own clock that
 * does not jump, counted from before the request left: always before Redis thinks so.
 */
export class Lease {
  readonly id: string;
  readonly mode: 'exclusive' | 'shared';
  readonly owner: string;
  readonly ttlMs: number;
  /** Grows for a name for ever: a resource that refuses lower ones is safe from holders that are late. */
  readonly fencingToken: bigint;
  /** When Redis ends it, by its clock, epoch ms; for people. */
  endsAt: number;
  private deadline: number;
  private hasEnded = false;
  private timer?: NodeJS.Timeout;
  /** Made when it is asked for: an event target costs more than the rest of a lease. */
  private controller?: AbortController;
  private reason?: Error;
  private extension?: (ttlMs: number) => Promise<Sent<GrantReply> | null>;

  constructor(
    readonly name: string,
    request: LeaseRequest,
    grant: Sent<GrantReply>,
    private readonly keeper: LeaseKeeper,
  ) {
    this.id = request.id;
    this.mode = request.mode;
    this.owner = request.owner;
    this.ttlMs = request.ttlMs;
    this.fencingToken = grant.token;
    this.endsAt = grant.endsAt;
    this.deadline = deadlineOf(grant.sentAt, request.ttlMs);
    this.arm();
  }

  /** Aborts when the lease is lost, or is about to end: before another can have it. */
  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.reason) this.controller.abort(this.reason);
    return this.controller.signal;
  }

  /** True when it ended before it was released. */
  get isLost(): boolean {
    return this.reason !== undefined;
  }

  /** For how long it may be relied on, in ms; 0 when it has ended. */
  get remainingMs(): number {
    return this.hasEnded ? 0 : Math.max(0, this.deadline - performance.now());
  }

  /** For after an await, or work that has held up the event loop. @throws LockNotOwnedError when it has ended. */
  assertHeld(): void {
    if (this.remainingMs === 0) throw new LockNotOwnedError(this.name);
  }

  /**
   * Makes it last for `ttlMs` from now on, never shorter than it does. One round trip, O(1).
   *
   * @param ttlMs in milliseconds; the lease's own unless given.
   * @throws LockNotOwnedError when it is not held, and then it has ended; StateStoreUnavailableError, and then it goes on
   * as it was.
   */
  async extend(ttlMs = this.ttlMs): Promise<void> {
    if (this.hasEnded) throw new LockNotOwnedError(this.name);
    const grant = await (this.extension?.(ttlMs) ?? this.keeper.extend(this, ttlMs));
    if (!grant) this.end(new LockNotOwnedError(this.name));
    if (!grant || this.hasEnded) throw new LockNotOwnedError(this.name);
    this.endsAt = Math.max(this.endsAt, grant.endsAt);
    this.deadline = Math.max(this.deadline, deadlineOf(grant.sentAt, ttlMs));
    this.arm();
  }

  /**
   * Gives it back; whoever is next has it with the same call. One round trip, O(log waiters).
   *
   * @returns false when it was not held any more.
   * @throws StateStoreUnavailableError: it will be given back as soon as Redis is there, or ends by itself.
   */
  async release(): Promise<boolean> {
    this.stop();
    return this.keeper.release(this);
  }

  /** Another way to extend it, which asks for more. */
  extendsBy(extension: (ttlMs: number) => Promise<Sent<GrantReply> | null>): void {
    this.extension = extension;
  }

  /** Its timer ends: what becomes of it is no longer seen here. */
  detach(): void {
    clearTimeout(this.timer);
  }

  /** Without a word to Redis: it is gone, or is to end by itself. */
  private end(reason: Error): void {
    if (this.hasEnded) return;
    this.stop();
    this.reason = reason;
    this.controller?.abort(reason);
    this.keeper.ended(this);
  }

  private stop(): void {
    this.hasEnded = true;
    clearTimeout(this.timer);
  }

  private arm(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.due(), Math.max(1, this.deadline - performance.now())).unref();
  }

  /** An event loop that was held up may have the answer to an extension in its socket: that is read before the check. */
  private due(): void {
    setImmediate(() => {
      if (this.hasEnded) return;
      if (this.remainingMs > 0) this.arm();
      else this.end(new LockNotOwnedError(this.name));
    });
  }
}

function deadlineOf(sentAt: number, ttlMs: number): number {
  const guardMs = Math.min(ttlMs * GUARD_SHARE, LONGEST_GUARD_MS);
  return sentAt + ttlMs - Math.max(guardMs, ttlMs * DRIFT_SHARE);
}
