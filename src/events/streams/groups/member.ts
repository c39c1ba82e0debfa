import type { GroupConsumer } from './group-consumer.js';

/** A handler that runs says so this many times before it is taken for gone. */
const EXTENSIONS = 4;

/** A handler of this process as a member of its group. */
export class Member {
  private extending?: NodeJS.Timeout;
  private forget?: () => void;
  private leaving?: Promise<number>;

  /** @param onWake tells of new events, until what it returns is called. */
  constructor(
    readonly consumer: GroupConsumer,
    readonly ackTimeoutMs: number,
    private readonly onWake: (wake: () => void) => () => void,
  ) {}

  begin(): void {
    this.forget = this.onWake(() => this.consumer.look());
    const extend = () => void this.consumer.extend();
    this.extending = setInterval(extend, this.ackTimeoutMs / EXTENSIONS).unref();
    this.consumer.start();
  }

  /**
   * Takes nothing more, finishes and acknowledges what is in hand, and leaves the group: once, whoever asks for it.
   *
   * @returns how many handlers did not end in time.
   */
  leave(timeoutMs: number): Promise<number> {
    return (this.leaving ??= this.end(timeoutMs));
  }

  private async end(timeoutMs: number): Promise<number> {
    // It has not begun, and is in no group.
    if (!this.forget) return 0;
    this.forget();
    const unfinished = await this.consumer.stop(timeoutMs);
    clearInterval(this.extending);
    return unfinished;
  }
}
