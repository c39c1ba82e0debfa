import { Lease, type LeaseKeeper } from '../lease.js';
import type { KeyedResource, LeaseRequest, LockStore, Sent } from '../lock-store.js';
import { LockNotAcquiredError } from '../locks.errors.js';
import type { AskReply, GrantReply } from '../locks.scripts.js';
import type { Leftovers } from './leftovers.js';
import { Waiter } from './waiter.js';

/** A waiter that Redis knows asks again after so long when Redis does not answer, and as soon as it is back. */
const ASK_AGAIN_MS = 500;

/** Behind a lease of its own process a waiter asks Redis after so long all the same. */
const HELD_HERE_MS = 2000;

/** How long a caller waits, and what ends its wait. */
export interface Wait {
  readonly waitMs: number;
  readonly signal?: AbortSignal;
}

/**
 * One lock as this process holds it and waits for it. Waiters stand in line here, and Redis knows the first of them alone;
 * it is asked for the next one by the call that releases, so that between two of one process a lock changes hands in
 * one command.
 */
export class LocalLock implements LeaseKeeper {
  private readonly waiters: Waiter[] = [];
  private readonly leases = new Set<Lease>();
  private trying = 0;

  constructor(
    private readonly resource: KeyedResource,
    private readonly store: LockStore,
    private readonly leftovers: Leftovers,
    /** Called when nobody here holds it or waits for it. */
    private readonly onIdle: () => void,
  ) {}

  get waiting(): number {
    return this.waiters.length;
  }

  /** Asks once. @returns the lease, or in ms when the first one of others ends. @throws StateStoreUnavailableError */
  async attempt(request: LeaseRequest): Promise<Lease | number> {
    this.trying += 1;
    try {
      const answer = await this.store.ask(this.resource, request);
      return 'token' in answer ? this.take(request, answer) : answer.endsInMs;
    } catch (error) {
      this.leftovers.drop(this.resource, request);
      throw error;
    } finally {
      this.trying -= 1;
      this.advance();
    }
  }

  /** Stands in line. @throws LockNotAcquiredError, the signal's reason, StateStoreUnavailableError */
  async wait(request: LeaseRequest, { waitMs, signal }: Wait): Promise<Lease> {
    signal?.throwIfAborted();
    const waiter = new Waiter(request);
    this.waiters.push(waiter);
    this.advance();
    // A lease that is free comes with the first answer, which is awaited in any case: it needs no timer.
    await waiter.asking;
    if (waiter.isDone) return waiter.lease;
    const late = () => waiter.failure ?? new LockNotAcquiredError(this.resource.name, waiter.endsInMs);
    const leftMs = waiter.arrivedAt + waitMs - performance.now();
    const deadline = setTimeout(() => void this.giveUp(waiter, late), Math.max(0, leftMs));
    const abort = () => {
      waiter.isAborted = true;
      void this.giveUp(waiter, () => signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) abort();
    try {
      return await waiter.lease;
    } finally {
      clearTimeout(deadline);
      signal?.removeEventListener('abort', abort);
    }
  }

  /** News of the inbox: a waiter is granted its lease (0), or should look after so long. */
  hear(id: string, lookInMs: number): void {
    const waiter = this.waiters.find(({ request }) => request.id === id);
    if (!waiter) return;
    if (lookInMs > 0) this.lookIn(waiter, lookInMs);
    else this.ask(waiter);
  }

  /** What was said while the connections were down is lost: whoever waits asks again. */
  look(): void {
    for (const waiter of this.waiters.filter(({ hasAsked }) => hasAsked)) this.ask(waiter);
  }

  /** Ends all waits. */
  close(): void {
    for (const waiter of this.waiters) {
      void this.giveUp(waiter, () => new LockNotAcquiredError(this.resource.name, waiter.endsInMs));
    }
  }

  /** Leaves a lease to whoever has its id, in whatever process: it is not waited for here that it ends. */
  forget(lease: Lease): void {
    lease.detach();
    this.leases.delete(lease);
    this.advance();
  }

  /** Ends the lease of an id. @returns false when it was not held. @throws StateStoreUnavailableError */
  releaseById(id: string): Promise<boolean> {
    return this.leave({ id, ttlMs: 0 });
  }

  extend({ id }: Lease, ttlMs: number): Promise<Sent<GrantReply> | null> {
    return this.store.extend(this.resource, id, ttlMs);
  }

  release(lease: Lease): Promise<boolean> {
    this.leases.delete(lease);
    return this.leave(lease);
  }

  ended(lease: Lease): void {
    this.leases.delete(lease);
    this.advance();
  }

  /** The next one asks when this process does not hold the lock itself: else the release asks for it. */
  private advance(): void {
    const [head] = this.waiters;
    if (!head && this.leases.size + this.trying === 0) this.onIdle();
    if (!head || head.hasAsked) return;
    const isHeldHere = [...this.leases].some(({ mode }) => mode === 'exclusive');
    // The lease here may have been released elsewhere, by its id, or be lost.
    if (isHeldHere) this.lookIn(head, HELD_HERE_MS);
    else this.ask(head);
  }

  private ask(waiter: Waiter): void {
    if (waiter.isLeaving) return;
    waiter.hasAsked = true;
    waiter.asksAgain = waiter.asking !== undefined;
    if (waiter.asksAgain) return;
    const { request, arrivedAt } = waiter;
    const answer = this.store.ask(this.resource, request, { arrivedAt, crowd: this.waiters.length });
    this.track(waiter, answer);
  }

  /** Who gives up waits for the answer: a lease that was granted meanwhile is not dropped behind its holder's back. */
  private track(waiter: Waiter, answer: Promise<Sent<AskReply> | undefined>): void {
    const handled = answer.then(
      (reply) => reply && this.answered(waiter, reply),
      (error: Error) => this.failed(waiter, error),
    );
    waiter.track(handled, () => {
      if (waiter.asksAgain && !waiter.isDone) this.ask(waiter);
    });
  }

  private answered(waiter: Waiter, answer: Sent<AskReply>): void {
    const { request } = waiter;
    if (waiter.isDone) {
      // An answer that overtook another one, or came after the lease was given back: nothing of it may stay.
      const isHeld = [...this.leases].some(({ id }) => id === request.id);
      if (!isHeld) this.leftovers.drop(this.resource, request);
    } else if ('token' in answer && waiter.isAborted) {
      waiter.isQueued = true;
    } else if ('token' in answer) {
      this.remove(waiter);
      waiter.grant(this.take(request, answer));
      this.advance();
    } else {
      waiter.isQueued = true;
      waiter.failure = undefined;
      waiter.endsInMs = answer.endsInMs;
      this.lookIn(waiter, answer.lookInMs);
    }
  }

  private lookIn(waiter: Waiter, ms: number): void {
    waiter.after(ms, () => this.ask(waiter));
  }

  /** Who stands in the queue stays there while Redis is away; who does not is told. */
  private failed(waiter: Waiter, error: Error): void {
    waiter.failure = error;
    if (waiter.isDone || waiter.isLeaving) return;
    if (waiter.isQueued) return this.lookIn(waiter, ASK_AGAIN_MS);
    this.leftovers.drop(this.resource, waiter.request);
    for (const other of this.waiters.filter((each) => each === waiter || !each.hasAsked)) {
      this.remove(other);
      other.reject(error);
    }
    this.advance();
  }

  /** Ends a wait, and its entry in Redis. A lease that comes at the last moment is taken, unless the caller is gone. */
  private async giveUp(waiter: Waiter, reason: () => unknown): Promise<void> {
    if (waiter.isLeaving || waiter.isDone) return;
    waiter.isLeaving = true;
    await waiter.asking;
    if (waiter.isDone) return;
    this.remove(waiter);
    if (waiter.hasAsked) await this.leave(waiter.request).catch(() => false);
    waiter.reject(reason());
    this.advance();
  }

  /** Ends a lease or a wait, and asks for the next waiter in the same call. */
  private async leave(old: { readonly id: string; readonly ttlMs: number }): Promise<boolean> {
    const next = this.waiters.find(({ isLeaving }) => !isLeaving);
    const waiting = next && { arrivedAt: next.arrivedAt, crowd: this.waiters.length };
    const request = next && waiting && { request: next.request, waiting };
    const release = this.store.release(this.resource, old.id, request);
    if (next) {
      next.hasAsked = true;
      this.track(
        next,
        release.then((reply) => reply.next),
      );
    }
    try {
      const { released } = await release;
      if (!next) this.advance();
      return released;
    } catch (error) {
      if (old.ttlMs > 0) this.leftovers.drop(this.resource, old);
      throw error;
    }
  }

  /** A lease that was granted to a request of this process. */
  take(request: LeaseRequest, grant: Sent<GrantReply>): Lease {
    const lease = new Lease(this.resource.name, request, grant, this);
    this.leases.add(lease);
    return lease;
  }

  private remove(waiter: Waiter): void {
    const at = this.waiters.indexOf(waiter);
    if (at >= 0) this.waiters.splice(at, 1);
  }
}
