import { randomUUID } from 'node:crypto';
import { ValidationFailedError, type ValidationFault } from '../../errors/index.js';
import { type CloudEvent, checkCloudEvent, faultOf } from './cloud-event.js';
import { EventTooLargeError } from './streams.errors.js';

/** What becomes a CloudEvent when it is published. */
export interface EventDraft<T = unknown> {
  /** What has happened: `order.placed`. */
  readonly type: string;
  /** Anything that JSON can say. */
  readonly data?: T;
  /** Events of one key are handled in their order, as those of one order or user. */
  readonly key?: string;
  /** When it happened, RFC 3339; now, unless given. */
  readonly time?: string;
}

/** An event on its way to a stream. */
export interface EventText {
  /** The CloudEvent as JSON. */
  readonly text: string;
  /** Events of one key are handled in their order. */
  readonly key?: string;
  /** By what the event is known when it comes again, where its maker has named it. */
  readonly identity?: string;
}

export const MAX_EVENT_BYTES = 1_048_576;

/** So much may a character take in UTF-8. */
const MAX_UTF8_BYTES = 3;

const DRAFT_FIELDS = new Set(['type', 'data', 'key', 'time']);

/**
 * @param source of events that do not name theirs.
 * @throws ValidationFailedError, EventTooLargeError
 */
export function toEventText(given: CloudEvent | EventDraft, source: string): EventText {
  if (typeof given === 'object' && given !== null && 'specversion' in given) {
    const event = checkCloudEvent(given);
    return { text: toJson(event), key: event.partitionkey, identity: `${event.source} ${event.id}` };
  }
  return { text: toJson(toEvent(given, source)), key: given.key };
}

/** @throws ValidationFailedError */
export function toEvent(draft: EventDraft, source: string): CloudEvent {
  const { type, data, key, time } = checkDraft(draft);
  return {
    specversion: '1.0',
    id: randomUUID(),
    source,
    type,
    time: time ?? new Date().toISOString(),
    datacontenttype: data === undefined ? undefined : 'application/json',
    partitionkey: key,
    data,
  };
}

function checkDraft(given: EventDraft): EventDraft {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new ValidationFailedError([{ path: 'event', message: 'must be an object' }]);
  }
  const { type, key, time } = given;
  const faults = faultOf('type', type);
  if (key !== undefined) faults.push(...named('key', faultOf('partitionkey', key)));
  if (time !== undefined) faults.push(...faultOf('time', time));
  for (const name in given)
    if (!DRAFT_FIELDS.has(name)) faults.push({ path: name, message: 'should not exist' });
  if (faults.length > 0) throw new ValidationFailedError(faults);
  return given;
}

function named(path: string, faults: readonly ValidationFault[]): ValidationFault[] {
  return faults.map(({ message }) => ({ path, message }));
}

function toJson(event: CloudEvent): string {
  const text = serialised(event);
  const isSurelySmall = text.length * MAX_UTF8_BYTES <= MAX_EVENT_BYTES;
  if (!isSurelySmall && Buffer.byteLength(text) > MAX_EVENT_BYTES)
    throw new EventTooLargeError(MAX_EVENT_BYTES);
  return text;
}

/** A circle or a bigint has no JSON. */
function serialised(event: CloudEvent): string {
  try {
    return JSON.stringify(event);
  } catch (error) {
    throw new ValidationFailedError([{ path: 'data', message: `is no JSON: ${(error as Error).message}` }]);
  }
}
