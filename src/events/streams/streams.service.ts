import { Injectable } from '@nestjs/common';
import { ValidationFailedError, type ValidationFault } from '../../errors/index.js';
import { ID_RULE, isId } from '../../redis/index.js';
import type { CloudEvent } from './cloud-event.js';
import { readable, type StoredEvent } from './entry.js';
import { BEGINNING, checkEntryId } from './entry-id.js';
import { type EventDraft, toEventText } from './event-text.js';
import { type Outgoing, Publisher } from './publisher.js';
import { StreamReader } from './stream-reader.js';

export interface PublishOptions {
  /**
   * Made by the caller, 1 to 256 bytes, unlike any other of this stream: asked again with it within a day, the event is stored once.
   * A CloudEvent without one is known by its `source` and `id`.
   */
  readonly requestId?: string;
}

export interface ReadOptions {
  /** The events after this id; from the beginning unless given. */
  readonly after?: string;
  /** 1 to 1000; 100 unless given. */
  readonly limit?: number;
}

export interface EventPage {
  readonly items: readonly StoredEvent[];
  /** `after` of the next page; null when there was none yet. */
  readonly nextCursor: string | null;
}

const MAX_BATCH = 1000;
export const MAX_LIMIT = 1000;
export const DEFAULT_LIMIT = 100;

/**
 * Streams of events that stay, for all replicas. Once `publish` has answered, the event is stored. Injectable.
 *
 * Redis commands: of a flight of events one script with GET and SET (of the producer), an XADD each, GET and SET for each request
 * id, ZRANGE of who waits, and ZREM and PUBLISH where somebody does; of a page one script with XRANGE, and XINFO STREAM where the id
 * to read after is not in the stream.
 */
@Injectable()
export class StreamsService {
  constructor(
    private readonly publisher: Publisher,
    private readonly reader: StreamReader,
  ) {}

  /**
   * Stores an event. Those that this process publishes to one stream in one turn of the event loop, or while others are on
   * their way, leave together: one round trip for all of them, O(events). A lost reply is asked for again within the deadline of a command.
   *
   * @param event a CloudEvent, or what is to be one.
   * @returns the id of its entry.
   * @throws ValidationFailedError, EventTooLargeError: nothing was stored; StateStoreUnavailableError: it may have been stored, and
   * only with a request id may it be published again without a double.
   */
  async publish(
    stream: string,
    event: CloudEvent | EventDraft,
    { requestId }: PublishOptions = {},
  ): Promise<{ id: string }> {
    if (requestId !== undefined) checkId('requestId', requestId);
    const [id] = await this.publisher.publish(stream, [outgoing(event, sourceOf(stream), requestId)]);
    return { id };
  }

  /**
   * Stores up to 1000 events in their order; others of this process do not come between up to 500 of them that have together up to
   * 1 MiB. One round trip for those.
   *
   * @returns the ids in the same order.
   * @throws ValidationFailedError, EventTooLargeError: nothing was stored; StateStoreUnavailableError: the first ones may have been
   * stored.
   */
  async publishMany(stream: string, events: readonly (CloudEvent | EventDraft)[]): Promise<{ id: string }[]> {
    if (!Array.isArray(events) || events.length < 1 || events.length > MAX_BATCH) {
      throw new ValidationFailedError([{ path: 'events', message: `must be 1 to ${MAX_BATCH} events` }]);
    }
    const source = sourceOf(stream);
    const ids = await this.publisher.publish(stream, checkedAll(events, source));
    return ids.map((id) => ({ id }));
  }

  /**
   * A page of events, oldest first. What is for one consumer group only is left out, and so is what is no event. One round trip,
   * O(limit).
   *
   * @throws ValidationFailedError, StateStoreUnavailableError
   */
  async read(
    stream: string,
    { after = BEGINNING, limit = DEFAULT_LIMIT }: ReadOptions = {},
  ): Promise<EventPage> {
    checkId('stream', stream);
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
      throw new ValidationFailedError([
        { path: 'limit', message: `must be an integer from 1 to ${MAX_LIMIT}` },
      ]);
    }
    const { entries } = await this.reader.read(stream, checkEntryId('after', after), limit);
    const nextCursor = entries.length < limit ? null : entries[entries.length - 1][0];
    return { items: readable(entries), nextCursor };
  }
}

/** Where the events of a stream come from that name no source. @throws ValidationFailedError */
export function sourceOf(stream: string): string {
  checkId('stream', stream);
  return `/v1/streams/${encodeURIComponent(stream)}`;
}

/** @throws ValidationFailedError */
export function checkId(path: string, id: unknown): void {
  if (!isId(id)) throw new ValidationFailedError([{ path, message: ID_RULE }]);
}

function outgoing(event: CloudEvent | EventDraft, source: string, requestId?: string): Outgoing {
  const { text, key, identity } = toEventText(event, source);
  if (requestId !== undefined) return { text, key, requestId: `request ${requestId}` };
  return { text, key, requestId: identity === undefined ? undefined : `event ${identity}` };
}

/** @throws ValidationFailedError that says of which event. */
function checkedAll(events: readonly (CloudEvent | EventDraft)[], source: string): Outgoing[] {
  const faults: ValidationFault[] = [];
  const all = events.map((event, index) => {
    try {
      return outgoing(event, source);
    } catch (error) {
      if (!(error instanceof ValidationFailedError)) throw error;
      for (const { path, message } of error.faults) faults.push({ path: `events.${index}.${path}`, message });
      return { text: '' };
    }
  });
  if (faults.length > 0) throw new ValidationFailedError(faults);
  return all;
}
