/** No answer came in time. Whether the command had an effect is unknown. */
export class DeadlineExceededError extends Error {
  constructor(timeoutMs: number) {
    super(`Redis did not answer within ${timeoutMs} ms`);
    this.name = 'DeadlineExceededError';
  }
}

interface Pending {
  readonly sentAt: number;
  readonly reject: (error: Error) => void;
}

/**
 * Gives every command the same deadline with one timer for all. ioredis' own `commandTimeout` starts a timer a
 * command, and a process whose event loop was held up for that long finds the timer due before it has read the
 * answers that wait in its socket. Here what is due is looked at again after the sockets have been read.
 */
export class CommandDeadline {
  /** In the order of sending, so the first is the one that is due first. */
  private readonly pending = new Set<Pending>();
  private timer?: NodeJS.Timeout;
  private answeredAt = 0;
  private silenceToldAt = 0;

  /**
   * @param onSilence called when commands are overdue and nothing at all has been answered since they were sent;
   * once for all that were sent before.
   */
  constructor(
    private readonly timeoutMs: number,
    private readonly onSilence: () => void,
  ) {}

  /** @throws DeadlineExceededError, or what the command rejects with before. */
  race<R>(send: () => Promise<R>): Promise<R> {
    return new Promise((resolve, reject) => {
      const entry: Pending = { sentAt: performance.now(), reject };
      this.pending.add(entry);
      this.timer ??= setTimeout(() => this.due(), this.timeoutMs).unref();
      send().then(
        (reply) => {
          this.answeredAt = performance.now();
          this.pending.delete(entry);
          resolve(reply);
        },
        (error: Error) => {
          this.pending.delete(entry);
          reject(error);
        },
      );
    });
  }

  /** The check phase comes after the poll phase, in which waiting answers are read. */
  private due(): void {
    setImmediate(() => this.expire());
  }

  private expire(): void {
    this.timer = undefined;
    const now = performance.now();
    let oldest: Pending | undefined;
    for (const entry of this.pending) {
      if (now - entry.sentAt < this.timeoutMs) {
        this.timer = setTimeout(() => this.due(), entry.sentAt + this.timeoutMs - now).unref();
        break;
      }
      oldest ??= entry;
      this.pending.delete(entry);
      entry.reject(new DeadlineExceededError(this.timeoutMs));
    }
    if (!oldest || Math.max(this.answeredAt, this.silenceToldAt) >= oldest.sentAt) return;
    this.silenceToldAt = now;
    this.onSilence();
  }
}
