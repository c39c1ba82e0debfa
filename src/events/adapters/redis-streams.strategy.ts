import { isDeepStrictEqual } from 'node:util';
import {
  type AsyncMicroserviceOptions,
  type CustomTransportStrategy,
  type MessageHandler,
  type MsPattern,
  RpcException,
  Server,
  type WritePacket,
} from '@nestjs/microservices';
import {
  catchError,
  concat,
  defer,
  isObservable,
  lastValueFrom,
  map,
  mergeMap,
  type Observable,
  of,
} from 'rxjs';
import type { CloudEvent } from '../streams/cloud-event.js';
import { MAX_EVENT_BYTES } from '../streams/event-text.js';
import type { OnStreamOptions } from '../streams/groups/decorators/on-stream.decorator.js';
import type { StreamContext } from '../streams/groups/delivery.js';
import { GroupsMetrics } from '../streams/groups/groups.metrics.js';
import { StreamConsumers } from '../streams/groups/stream-consumers.js';
import { RedisStreamsContext } from './redis-streams.context.js';
import { Replies, type TransportStatus } from './redis-streams.replies.js';

/** For `@EventPattern(pattern, REDIS_STREAMS)`, where an app has several transports. */
export const REDIS_STREAMS = Symbol('redis streams');

/** As those of `@OnStream`; what a handler gives as `extras` goes before what the strategy was given. */
export interface RedisStreamsOptions extends OnStreamOptions {
  readonly stream: string;
}

const OPTIONS = [
  'stream',
  'group',
  'concurrency',
  'startAt',
  'maxDeliveries',
  'ackTimeoutMs',
  'backoffMs',
] as const satisfies readonly (keyof RedisStreamsOptions)[];

/** What this app handles as a member of one group. */
interface Membership {
  readonly options: RedisStreamsOptions;
  /** By the type of the events. */
  readonly handlers: Map<string, MessageHandler[]>;
}

/**
 * Runs `@EventPattern` and `@MessagePattern` handlers on streams: the pattern is the type of the events. An event is acknowledged when
 * all handlers of its group have ended, with what they return if it is an observable; when one fails, it comes again, and at last
 * is a dead letter. A request, which `RedisStreamsClient.send` makes, is acknowledged when the reply was sent, also that of an
 * error. An event of a type that nobody handles is acknowledged and counted.
 */
export class RedisStreamsStrategy
  extends Server<Record<string, (...given: unknown[]) => void>>
  implements CustomTransportStrategy
{
  override readonly transportId = REDIS_STREAMS;
  override readonly propagatesEventHandlerErrors = true;
  private readonly memberships = new Map<string, Membership>();
  private ends: (() => Promise<void>)[] = [];

  constructor(
    private readonly consumers: StreamConsumers,
    private readonly replies: Replies,
    private readonly metrics: GroupsMetrics,
    private readonly options: RedisStreamsOptions,
  ) {
    super();
  }

  /** For `app.connectMicroservice(...)` and `NestFactory.createMicroservice(AppModule, ...)`. */
  static forStream(options: RedisStreamsOptions): AsyncMicroserviceOptions {
    return {
      inject: [StreamConsumers, Replies, GroupsMetrics],
      useFactory: (consumers: StreamConsumers, replies: Replies, metrics: GroupsMetrics) => ({
        strategy: new RedisStreamsStrategy(consumers, replies, metrics, options),
      }),
    };
  }

  override get status(): Observable<TransportStatus> {
    return this.replies.status;
  }

  /** @throws Error when the handlers of one group differ in its options. */
  override addHandler(
    pattern: MsPattern,
    handler: MessageHandler,
    isEventHandler = false,
    extras: Partial<RedisStreamsOptions> = {},
  ): void {
    const type = this.normalizePattern(pattern);
    this.messageHandlers.set(type, Object.assign(handler, { isEventHandler, extras }));
    const all = { ...this.options, ...extras };
    const options = Object.fromEntries(
      OPTIONS.map((name) => [name, all[name]]),
    ) as never as RedisStreamsOptions;
    const id = JSON.stringify([options.stream, options.group]);
    const membership = this.memberships.get(id) ?? { options, handlers: new Map() };
    if (!isDeepStrictEqual(membership.options, options)) {
      throw new Error(`${type}: the handlers of a group share its options; other options need another group`);
    }
    this.memberships.set(id, membership);
    membership.handlers.set(type, [...(membership.handlers.get(type) ?? []), handler]);
  }

  /** Calls back with what is wrong with the options; a Redis that is away is waited for in the background. */
  listen(callback: (error?: unknown) => void): void {
    try {
      this.ends = Array.from(this.memberships.values(), (each) => this.join(each));
      callback();
    } catch (error) {
      callback(error);
    }
  }

  /** What is in hand is finished and acknowledged. The shutdown of the app has done so before, while HTTP was still served. */
  async close(): Promise<void> {
    await Promise.all(this.ends.map((end) => end()));
  }

  on(event: string, listener: (...given: unknown[]) => void): void {
    this.replies.connection.on(event, listener);
  }

  /** The connection for commands, of ioredis. */
  unwrap<T>(): T {
    return this.replies.connection as T;
  }

  private join({ options, handlers }: Membership): () => Promise<void> {
    const { stream, group } = options;
    const unhandled = this.metrics.unhandledBy(stream, group);
    const types = Array.from(handlers.keys(), (type) => [type, undefined] as const);
    const handling = {
      name: `${stream}.${group}`,
      stream,
      options: { ...options, events: Object.fromEntries(types) },
    };
    return this.consumers.add(handling, async (event, delivery) => {
      const those = handlers.get(event.type);
      if (those) return this.handle(those, event, delivery);
      unhandled.added += 1;
      this.logger.debug?.(`${stream} ${group}: nobody handles ${event.type}`);
    });
  }

  private handle(handlers: readonly MessageHandler[], event: CloudEvent, delivery: StreamContext) {
    const context = new RedisStreamsContext([event, delivery]);
    const asker = event.replyto;
    const responder = handlers.findLast(({ isEventHandler }) => !isEventHandler);
    return this.between(context, async () => {
      if (typeof asker !== 'string' || !responder) return endOfAll(handlers, context);
      // Nobody waits for the reply any more.
      if ((await this.replies.now()) > Date.parse(event.expirytime as string)) return;
      await this.answer(asker, responder, context);
    });
  }

  /** Between the hooks that others may have set, even if theirs does not wait. */
  private between(context: RedisStreamsContext, work: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const hooked: unknown = this.runWithProcessingHooks(context, (end) =>
        work().finally(end).then(resolve, reject),
      );
      Promise.resolve(hooked).catch(reject);
    });
  }

  /** The handler is not asked again when it fails: its error is a reply. */
  private async answer(asker: string, handler: MessageHandler, context: RedisStreamsContext): Promise<void> {
    const { id, data } = context.event;
    let n = 0;
    const toText = (packet: WritePacket) => {
      const text = JSON.stringify({ id, n, ...packet });
      if (Buffer.byteLength(text) > MAX_EVENT_BYTES) throw new RpcException('The reply is too large');
      n += 1;
      return text;
    };
    const values = this.transformToObservable(handler(data, context));
    const texts = concat(
      values.pipe(map((response: unknown) => toText({ response }))),
      defer(() => of(toText({ isDisposed: true }))),
    ).pipe(catchError((error: unknown) => of(toText({ err: toPlain(error), isDisposed: true }))));
    await lastValueFrom(texts.pipe(mergeMap((text) => this.replies.send(asker, text))));
  }
}

/** One that fails does not cut the others. @throws Error of the first that has failed. */
async function endOfAll(handlers: readonly MessageHandler[], context: RedisStreamsContext): Promise<void> {
  const ends = await Promise.allSettled(
    handlers.map(async (handler) => {
      const result: unknown = await handler(context.event.data, context);
      if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
    }),
  );
  const failure = ends.find((end) => end.status === 'rejected');
  if (failure) throw new Error(reasonOf(failure.reason));
}

/** Nest's filters make plain objects of errors. */
function reasonOf(error: unknown): string {
  const message = (error as { message?: unknown } | undefined)?.message;
  return typeof message === 'string' ? message : JSON.stringify(error);
}

/** As Nest's own filter makes it of an error, where one of the app has let it through: its stack stays here. */
function toPlain(error: unknown): unknown {
  if (error instanceof Error) return { status: 'error', message: error.message };
  return error || { status: 'error', message: 'Internal server error' };
}
