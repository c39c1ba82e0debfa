import type { Lease } from '../lease.js';
import type { LeaseRequest } from '../lock-store.js';

/** One caller that waits for a lease, in the line of its process. */
export class Waiter {
  readonly arrivedAt = performance.now();
  readonly lease: Promise<Lease>;
  /** Redis may know of it. */
  hasAsked = false;
  /** Redis has said that it stands in the queue. */
  isQueued = false;
  /** The caller is gone: a lease that still comes is given back. */
  isAborted = false;
  isLeaving = false;
  isDone = false;
  /** Settles when no request of it is under way. */
  asking?: Promise<void>;
  /** What came while a request was under way may not be in its answer. */
  asksAgain = false;
  /** When the first lease of others ends, as last heard. */
  endsInMs = 1;
  /** Why the last request had no answer. */
  failure?: Error;
  private timer?: NodeJS.Timeout;
  private resolve!: (lease: Lease) => void;
  private rejectLease!: (error: unknown) => void;

  constructor(readonly request: LeaseRequest) {
    this.lease = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.rejectLease = reject;
    });
  }

  /** Calls back after so long, unless it is done or called to something else before. */
  after(ms: number, callback: () => void): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(callback, ms);
  }

  /** A request is under way, perhaps beside others: the last of them to end calls back. */
  track(request: Promise<void>, onEnd: () => void): void {
    const asking: Promise<void> = Promise.all([this.asking, request]).then(() => {
      if (this.asking !== asking) return;
      this.asking = undefined;
      onEnd();
    });
    this.asking = asking;
  }

  grant(lease: Lease): void {
    this.stop();
    this.resolve(lease);
  }

  reject(error: unknown): void {
    this.stop();
    this.rejectLease(error);
  }

  private stop(): void {
    this.isDone = true;
    clearTimeout(this.timer);
  }
}
