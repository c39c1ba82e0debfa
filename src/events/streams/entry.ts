import type { CloudEvent } from './cloud-event.js';

/** The field of an entry that holds its event. */
const EVENT_FIELD = 'e';

/** Turns the fields of an entry into its event. @throws Error for what is none: whoever else can write to Redis may have put it there. */
export function decodeEvent(_id: string, fields: readonly string[]): CloudEvent {
  const at = fields.indexOf(EVENT_FIELD);
  if (at % 2 !== 0) throw new Error('it has no event');
  const event = JSON.parse(fields[at + 1]) as CloudEvent;
  if (typeof event !== 'object' || event === null || typeof event.type !== 'string')
    throw new Error('it is no event');
  return event;
}
