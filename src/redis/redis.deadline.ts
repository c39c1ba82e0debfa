/** No answer came in time. Whether the command had an effect is unknown. */
export class DeadlineExceededError extends Error {
  constructor(timeoutMs: number) {
    super(`Redis did not answer within ${timeoutMs} ms`);
    this.name = 'DeadlineExceededError';
  }
}

/** A timer that is later than this share of the timeout tells of an event loop that was held up. */
const HELD_UP = 0.2;

interface Pending {
  readonly sentAt: number;
  /** Absent once the command is settled. */
  reject?: (error: Error) => void;
}

/**
 * Gives every command the same deadline with one timer for all. ioredis' own `commandTimeout` starts a timer a
 * command, and a process whose event loop was held up for that long finds the timer due before it has read the
 * answers that wait in its socket. Here what is due is looked at again after the sockets have been read.
 */
export class CommandDeadline {
  /**
   * In the order of sending, so the first is the one that is due first. A Set would do, but one that is filled and
   * emptied all the time keeps its old tables, and the requests in them, alive until a full garbage collection.
   */
  private readonly pending: (Pending | undefined)[] = [];
  /** Where the first one stands that may not be settled. */
  private first = 0;
  private timer?: NodeJS.Timeout;
  private answeredAt = 0;
  private silenceToldAt = 0;
  /** When the timer is due, and when it was last so late that the event loop must have been held up. */
  private dueAt = 0;
  private heldUpUntil = 0;

  /**
   * @param onSilence called when commands are overdue and nothing at all has been answered since they were sent;
   * once for all that were sent before.
   * @param isOfSilence no command is overdue while others are answered: only a silence of the whole timeout is. For
   * who would take a queue that moves, however slowly, rather than nothing. Time in which the event loop was held up is
   * none: what was asked may not even have left.
   */
  constructor(
    private readonly timeoutMs: number,
    private readonly onSilence: () => void,
    private readonly isOfSilence = false,
  ) {}

  /** The server has answered something that was not asked for here. */
  heard(): void {
    this.answeredAt = performance.now();
  }

  /** @throws DeadlineExceededError, or what the command rejects with before. */
  race<R>(send: () => Promise<R>): Promise<R> {
    return new Promise((resolve, reject) => {
      const entry: Pending = { sentAt: performance.now(), reject };
      this.pending.push(entry);
      if (!this.timer) this.wakeAt(entry.sentAt + this.timeoutMs, entry.sentAt);
      send().then(
        (reply) => {
          this.heard();
          this.settle(entry);
          resolve(reply);
        },
        (error: Error) => {
          this.settle(entry);
          reject(error);
        },
      );
    });
  }

  private settle(entry: Pending): void {
    entry.reject = undefined;
    const { pending } = this;
    while (this.first < pending.length && !pending[this.first]?.reject) pending[this.first++] = undefined;
    if (this.first < pending.length) return;
    pending.length = 0;
    this.first = 0;
  }

  private wakeAt(dueAt: number, now: number): void {
    this.dueAt = dueAt;
    this.timer = setTimeout(() => this.due(), dueAt - now).unref();
  }

  /** The check phase comes after the poll phase, in which waiting answers are read. */
  private due(): void {
    setImmediate(() => this.expire());
  }

  private expire(): void {
    this.timer = undefined;
    const now = performance.now();
    if (now - this.dueAt > this.timeoutMs * HELD_UP) this.heldUpUntil = now;
    let oldest: Pending | undefined;
    for (let entry = this.pending[this.first]; entry; entry = this.pending[this.first]) {
      const dueAt = this.waitsSince(entry) + this.timeoutMs;
      if (now < dueAt) {
        this.wakeAt(dueAt, now);
        break;
      }
      oldest ??= entry;
      entry.reject?.(new DeadlineExceededError(this.timeoutMs));
      this.settle(entry);
    }
    const knownAt = this.isOfSilence ? this.silenceToldAt : Math.max(this.answeredAt, this.silenceToldAt);
    if (!oldest || knownAt >= this.waitsSince(oldest)) return;
    this.silenceToldAt = now;
    this.onSilence();
  }

  private waitsSince({ sentAt }: Pending): number {
    return this.isOfSilence ? Math.max(sentAt, this.answeredAt, this.heldUpUntil) : sentAt;
  }
}
