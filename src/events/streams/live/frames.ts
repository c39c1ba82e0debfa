import { compareEntryIds } from '../entry-id.js';
import { eventOf, parseEntry, type RawEntry } from '../entry.js';

/** Entries after an id that may be gone before they were read. */
export interface Gap {
  readonly after: string;
  /** Of the first entry that is there; null where there is none. */
  readonly firstId: string | null;
}

const LINE_BREAK = /\r\n|\r|\n/g;

/** Entries as event streams have them, https://html.spec.whatwg.org/multipage/server-sent-events.html: one text for all clients. */
export class Frames {
  private readonly bytes: readonly Buffer[];
  private readonly ids: readonly string[];
  private joined?: Buffer;

  /** What is for a consumer group, or is no event, has no frame. */
  constructor(entries: readonly RawEntry[]) {
    const readable = entries.filter((raw) => eventOf(raw) !== undefined);
    this.ids = readable.map(([id]) => id);
    this.bytes = readable.map((raw) => frameOf(raw));
  }

  get size(): number {
    return this.ids.length;
  }

  /** Those after an id, in one piece. */
  after(id: string): Buffer {
    const first = this.ids.findIndex((each) => compareEntryIds(each, id) > 0);
    if (first === 0) return (this.joined ??= Buffer.concat(this.bytes));
    return first < 0 ? Buffer.alloc(0) : Buffer.concat(this.bytes.slice(first));
  }
}

/** An id is of digits; JSON that others have written may have line breaks. */
function frameOf(raw: RawEntry): Buffer {
  const { id, text = '' } = parseEntry(raw);
  return Buffer.from(`id: ${id}\ndata: ${text.replace(LINE_BREAK, '\ndata: ')}\n\n`);
}

export function gapFrame(gap: Gap): Buffer {
  return Buffer.from(`event: gap\ndata: ${JSON.stringify(gap)}\n\n`);
}
