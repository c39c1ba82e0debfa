import { SetMetadata, type Type } from '@nestjs/common';
import type { GroupSettings } from '../group-options.js';

export const ON_STREAM = Symbol('on stream');

export interface OnStreamOptions extends Partial<GroupSettings> {
  /** Each event is handled by one member of the group, in whatever process. */
  readonly group: string;
  /** So many events this process handles at once; 16 unless given. */
  readonly concurrency?: number;
  /** Where a group that is new begins; at the beginning unless given, so that nothing is missed that was published before. */
  readonly startAt?: 'beginning' | 'now';
  /**
   * The types of events that the stream has, with the class of their data: for the AsyncAPI document, which reads its `@ApiProperty()`.
   */
  readonly events?: Readonly<Record<string, Type | undefined>>;
}

export interface StreamSubscription {
  readonly stream: string;
  readonly options: OnStreamOptions;
}

/**
 * Makes a provider's method a member of a consumer group: `method(event, context)` is called for each event of the stream
 * that the group has not handled. When it returns, the event is acknowledged; when it throws, the event comes again after
 * a backoff, and after `maxDeliveries` it is a dead letter. A process that dies leaves its events to the others, so a handler
 * can be called twice for one event: `context.applyOnce` makes its effect happen once.
 */
export const OnStream = (stream: string, options: OnStreamOptions): MethodDecorator =>
  SetMetadata(ON_STREAM, { stream, options } satisfies StreamSubscription);
