import type { CloudEvent } from './cloud-event.js';

/** An entry as Redis gives it: its id, and its fields and values in turn. */
export type RawEntry = readonly [id: string, fields: readonly string[]];

export interface Entry {
  readonly id: string;
  /** The event as JSON; absent where somebody else has written something else. */
  readonly text?: string;
  /** The one group that it is for: it was redriven from the dead letters of that. */
  readonly group?: string;
}

export interface StoredEvent {
  /** `<ms>-<seq>`, which grows. */
  readonly id: string;
  readonly event: CloudEvent;
}

/** The fields of an entry: its event, and the group that it is for. */
export const EVENT_FIELD = 'e';
const GROUP_FIELD = 'g';

/** O(fields); the event is not looked into. */
export function parseEntry([id, fields]: RawEntry): Entry {
  // As this project writes it.
  if (fields[0] === EVENT_FIELD && fields.length === 2) return { id, text: fields[1] };
  return { id, text: valueOf(fields, EVENT_FIELD), group: valueOf(fields, GROUP_FIELD) };
}

function valueOf(fields: readonly string[], name: string): string | undefined {
  for (let at = 0; at < fields.length; at += 2) if (fields[at] === name) return fields[at + 1];
  return undefined;
}

/** Turns the fields of an entry into its event. @throws Error for what is none: whoever else can write to Redis may have put it there. */
export function decodeEvent(id: string, fields: readonly string[]): CloudEvent {
  const { text } = parseEntry([id, fields]);
  if (text === undefined) throw new Error('it has no event');
  const event = JSON.parse(text) as CloudEvent | null;
  if (typeof event !== 'object' || typeof event?.type !== 'string') throw new Error('it is no event');
  return event;
}

/** For readers that are no group: what is for a group, or is no event, is not for them. */
export function readable(entries: readonly RawEntry[]): StoredEvent[] {
  return entries.flatMap((raw) => {
    const event = eventOf(raw);
    return event ? [{ id: raw[0], event }] : [];
  });
}

/** As {@link readable}, of one entry. */
export function eventOf(raw: RawEntry): CloudEvent | undefined {
  if (parseEntry(raw).group !== undefined) return undefined;
  try {
    return decodeEvent(...raw);
  } catch {
    return undefined;
  }
}
