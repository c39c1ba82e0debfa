import type { FactoryProvider } from '@nestjs/common';
import { ClientProxy, type ReadPacket, type WritePacket } from '@nestjs/microservices';
import type { Observable } from 'rxjs';
import { ValidationFailedError } from '../../errors/index.js';
import { ReplyTimeoutError } from '../events.errors.js';
import type { CloudEvent } from '../streams/cloud-event.js';
import { toEvent, toEventText } from '../streams/event-text.js';
import { Publisher } from '../streams/publisher.js';
import { sourceOf } from '../streams/streams.service.js';
import { RedisStreamsRecord } from './redis-streams.record.js';
import { Replies, type TransportStatus } from './redis-streams.replies.js';

export interface RedisStreamsClientOptions {
  /** Where events and requests are stored. */
  readonly stream: string;
  /** So long a caller waits for the first reply, and after each one for the next, ms; 30,000 unless given, up to an hour. */
  readonly timeoutMs?: number;
}

/** Longer than it takes until another process has what a dead one was handling. */
const TIMEOUT_MS = 30_000;
const LONGEST_TIMEOUT_MS = 3_600_000;

/**
 * A `ClientProxy` on a stream. The observable of `emit` gives `{ id }` once the event is stored: it is stored whether or not somebody
 * subscribes, and only who subscribes hears of an error. That of `send` asks anew for each subscriber, gives what the one handler in
 * the fleet gives, and ends with its end or error, or with a timeout; who unsubscribes is told nothing more.
 *
 * Redis commands: those of a publish; with `send` SUBSCRIBE once a process, and TIME once in ten seconds.
 */
export class RedisStreamsClient extends ClientProxy<Record<string, (...given: unknown[]) => void>> {
  private readonly stream: string;
  private readonly source: string;
  private readonly timeoutMs: number;

  /** @throws ValidationFailedError */
  constructor(
    private readonly publisher: Publisher,
    private readonly replies: Replies,
    { stream, timeoutMs = TIMEOUT_MS }: RedisStreamsClientOptions,
  ) {
    super();
    this.stream = stream;
    this.source = sourceOf(stream);
    if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > LONGEST_TIMEOUT_MS) {
      const message = `must be an integer from 1 to ${LONGEST_TIMEOUT_MS}`;
      throw new ValidationFailedError([{ path: 'timeoutMs', message }]);
    }
    this.timeoutMs = timeoutMs;
  }

  /** A provider of the class, for a module that imports EventsModule; with another `provide` there can be several. */
  static forStream(options: RedisStreamsClientOptions): FactoryProvider<RedisStreamsClient> {
    return {
      provide: RedisStreamsClient,
      inject: [Publisher, Replies],
      useFactory: (publisher: Publisher, replies: Replies) =>
        new RedisStreamsClient(publisher, replies, options),
    };
  }

  override get status(): Observable<TransportStatus> {
    return this.replies.status;
  }

  /** The connection is that of the app. */
  async connect(): Promise<void> {}

  close(): void {}

  override on(event: string, listener: (...given: unknown[]) => void): void {
    this.replies.connection.on(event, listener);
  }

  /** The connection for commands, of ioredis. */
  unwrap<T>(): T {
    return this.replies.connection as T;
  }

  /** @throws ValidationFailedError, EventTooLargeError, StateStoreUnavailableError */
  protected async dispatchEvent<T>(packet: ReadPacket): Promise<T> {
    return (await this.store(this.toEvent(packet))) as T;
  }

  protected publish(packet: ReadPacket, callback: (packet: WritePacket) => void): () => void {
    const event = this.toEvent(packet);
    let heard = 0;
    const fail = (err: unknown) => callback({ err, isDisposed: true });
    const timer = setTimeout(() => {
      this.replies.doubt();
      fail(new ReplyTimeoutError(this.timeoutMs));
    }, this.timeoutMs);
    const forget = this.replies.expect(event.id, (reply) => {
      // The caller had it before a handler began anew, or one before it was lost.
      if (reply.n !== heard) return;
      heard += 1;
      timer.refresh();
      callback(reply);
    });
    this.ask(event).catch(fail);
    return () => {
      clearTimeout(timer);
      forget();
    };
  }

  private async ask(event: CloudEvent): Promise<void> {
    await this.replies.untilHeard();
    const expirytime = new Date((await this.replies.now()) + this.timeoutMs).toISOString();
    await this.store({ ...event, replyto: this.replies.process, expirytime });
  }

  private toEvent(packet: ReadPacket): CloudEvent {
    const { data, key = undefined } =
      packet.data instanceof RedisStreamsRecord ? packet.data : { data: packet.data as unknown };
    const type = this.normalizePattern(packet.pattern as string);
    const nestmetadata = packet.metadata && JSON.stringify(packet.metadata);
    return { ...toEvent({ type, data, key }, this.source), nestmetadata };
  }

  private async store(event: CloudEvent): Promise<{ id: string }> {
    // A flight is stored once in any case, so the event need not be remembered for a day.
    const { text, key } = toEventText(event, this.source);
    const [id] = await this.publisher.publish(this.stream, [{ text, key }]);
    return { id };
  }
}
