/** No answer came in time. Whether the command had an effect is unknown. */
export class DeadlineExceededError extends Error {
  constructor(timeoutMs: number) {
    super(`Redis did not answer within ${timeoutMs} ms`);
    this.name = 'DeadlineExceededError';
  }
}

/** A silence is listened to in so many slices; one that ends later than it should tells for how long nobody listened. */
const SLICES = 4;

/** So late a timer may be. */
const TOLERANCE_MS = 2;

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
  /** When the timer is due, by the clock. */
  private dueAt = 0;
  /** For how long the event loop was held up, or this process was not run, while it waited for answers. */
  private unheardMs = 0;

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
    this.answeredAt = this.time();
  }

  /** @throws DeadlineExceededError, or what the command rejects with before. */
  race<R>(send: () => Promise<R>): Promise<R> {
    return new Promise((resolve, reject) => {
      const entry: Pending = { sentAt: this.time(), reject };
      this.pending.push(entry);
      if (!this.timer) this.wakeIn(this.timeoutMs);
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

  /** The clock, without the time that does not count. */
  private time(): number {
    return performance.now() - this.unheardMs;
  }

  private wakeIn(ms: number): void {
    const waitMs = this.isOfSilence ? Math.min(ms, this.timeoutMs / SLICES) : ms;
    this.dueAt = performance.now() + waitMs;
    this.timer = setTimeout(() => this.due(), waitMs).unref();
  }

  /** The check phase comes after the poll phase, in which waiting answers are read. */
  private due(): void {
    setImmediate(() => this.expire());
  }

  private expire(): void {
    this.timer = undefined;
    const lateMs = performance.now() - this.dueAt;
    if (this.isOfSilence && lateMs > TOLERANCE_MS) this.unheardMs += lateMs;
    const now = this.time();
    let oldest: Pending | undefined;
    for (let entry = this.pending[this.first]; entry; entry = this.pending[this.first]) {
      const dueAt = this.waitsSince(entry) + this.timeoutMs;
      if (now < dueAt) {
        this.wakeIn(dueAt - now);
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
    return this.isOfSilence ? Math.max(sentAt, this.answeredAt) : sentAt;
  }
}
