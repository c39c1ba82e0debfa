import { EventEmitter, once } from 'node:events';
import { CommandDeadline, type RedisClient, StateStoreUnavailableError } from '../../redis/index.js';

/** `heard`: from now on messages come, for the first time or after a connection that was lost. `message`: one has come. */
interface Events {
  heard: [];
  message: [text: string];
}

/** A channel on which others tell this process something, on its one connection for pub/sub. What is told meanwhile is lost. */
export class OwnChannel extends EventEmitter<Events> {
  private readonly deadline: CommandDeadline;
  private isHeard = false;

  constructor(
    private readonly redis: RedisClient,
    readonly name: string,
  ) {
    super();
    // Each that waits for `heard` is one.
    this.setMaxListeners(0);
    // A connection that looks alive may have nobody at its other end.
    this.deadline = new CommandDeadline(redis.connections.commandTimeoutMs, () => {
      if (this.subscriber.status === 'ready') this.subscriber.disconnect(true);
    });
  }

  /** Subscribes, now and whenever the connection is ready. */
  open(): void {
    const { subscriber } = this;
    subscriber.on('message', (channel: string, text: string) => {
      if (channel === this.name) this.emit('message', text);
    });
    subscriber.on('close', () => (this.isHeard = false));
    subscriber.on('ready', () => void this.listen());
    if (subscriber.status === 'ready') void this.listen();
  }

  /** No round trip while it is heard. @throws StateStoreUnavailableError when it is not within the deadline of a command. */
  async untilHeard(): Promise<void> {
    if (this.isHeard) return;
    const signal = AbortSignal.timeout(this.redis.connections.commandTimeoutMs);
    await once(this, 'heard', { signal }).catch((cause: unknown) => {
      throw new StateStoreUnavailableError({ cause });
    });
  }

  /** Asks Redis whether it is still heard; a connection that does not answer is made anew. One round trip. */
  async listen(): Promise<void> {
    try {
      await this.deadline.race(() => this.subscriber.subscribe(this.name));
      if (this.isHeard) return;
      this.isHeard = true;
      this.emit('heard');
    } catch {
      // The connection is gone again; its next 'ready' comes here again.
    }
  }

  private get subscriber() {
    return this.redis.connections.subscriber;
  }
}
