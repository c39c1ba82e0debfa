import { parse, stringify } from 'devalue';
import { NotCacheableError, shapeOf } from './cacheable.js';
import { type BodyKind, StoredResponse } from './stored-response.js';

/** How a value is written; the byte of the frame says it. */
const JSON_TEXT = 1;
const RICH_TEXT = 2;
const BYTES = 3;
/** An answer that is more than a value: with a status, headers, or a body that is not JSON. */
const RESPONSE = 4;

/** Not made of the text yet. */
const UNREAD = Symbol('unread');

const NO_TAGS: readonly string[] = [];

/**
 * A custom type of devalue: it knows typed arrays, and a Buffer would come back as one. In an array, because an empty
 * text would mean that the value is not of this type.
 */
const WRITE_BUFFER = {
  Buffer: (value: unknown) => Buffer.isBuffer(value) && [value.toString('base64')],
};
const READ_BUFFER = { Buffer: ([text]: [string]) => Buffer.from(text, 'base64') };

/**
 * A value of the cache, in the forms in which it is needed: as bytes in Redis, as JSON text of an answer, as itself for
 * code. Each form is made once, when it is first asked for.
 */
export class CacheValue {
  private promise?: Promise<unknown>;

  private constructor(
    readonly form: number,
    private text: string | undefined,
    private value: unknown,
    private answer?: StoredResponse,
    /** Tags that came with it, and were not known before its load. */
    readonly ownTags: readonly string[] = NO_TAGS,
  ) {}

  /** @throws NotCacheableError for undefined, which means that there is no value, and what would not come back as it was. */
  static of(value: unknown): CacheValue {
    if (value === undefined) throw new NotCacheableError('value', 'undefined');
    if (Buffer.isBuffer(value)) return new CacheValue(BYTES, undefined, value);
    if (shapeOf(value) === 'json') return new CacheValue(JSON_TEXT, JSON.stringify(value), value);
    return new CacheValue(RICH_TEXT, stringify(value, WRITE_BUFFER), value);
  }

  static ofJson(text: string): CacheValue {
    return new CacheValue(JSON_TEXT, text, UNREAD);
  }

  /** One that is nothing but the JSON of a value is stored as that value: routes and code share entries. */
  static ofResponse(response: StoredResponse, ownTags: readonly string[] = NO_TAGS): CacheValue {
    const { head, body } = response;
    const isPlain = head.kind === 'json' && head.status === 200 && Object.keys(head.headers).length === 0;
    const text = String(body);
    // A JSON text in quotes would come back as the answer of a handler that returns that text.
    if (!isPlain || text.startsWith('"'))
      return new CacheValue(RESPONSE, undefined, UNREAD, response, ownTags);
    return new CacheValue(JSON_TEXT, text, UNREAD, response, ownTags);
  }

  /** Undefined for a form that this version does not know: as good as no entry. */
  static read(form: number, bytes: Buffer): CacheValue | undefined {
    if (form === RESPONSE) return new CacheValue(form, undefined, UNREAD, StoredResponse.read(bytes));
    // A copy: a slice would keep all that arrived with it.
    if (form === BYTES) return new CacheValue(form, undefined, Buffer.from(bytes));
    if (form !== JSON_TEXT && form !== RICH_TEXT) return undefined;
    return new CacheValue(form, bytes.toString(), UNREAD);
  }

  get isNull(): boolean {
    return this.form === JSON_TEXT && this.text === 'null';
  }

  get bytes(): Buffer {
    if (this.form === RESPONSE) return this.response.bytes;
    return this.form === BYTES ? (this.value as Buffer) : Buffer.from(this.text ?? '');
  }

  /** About how much memory it takes. */
  get size(): number {
    if (this.form === RESPONSE) return this.response.size;
    return this.form === BYTES ? (this.value as Buffer).length : (this.text ?? '').length;
  }

  /** The value itself; the same object each time. */
  get asValue(): unknown {
    if (this.value === UNREAD) this.value = this.parsed();
    return this.value;
  }

  /** The same, settled; the same promise each time. */
  get asPromise(): Promise<unknown> {
    return (this.promise ??= new Promise((resolve) => resolve(this.asValue)));
  }

  /** As the answer of a route. */
  get response(): StoredResponse {
    return (this.answer ??= this.toResponse());
  }

  /** As JSON shows it: a value of code may hold what JSON has no form for. */
  get asPlain(): unknown {
    return this.form === JSON_TEXT ? this.asValue : showable(this.asValue, new Set());
  }

  private parsed(): unknown {
    if (this.form === RESPONSE) return this.response.value;
    const text = this.text ?? '';
    return this.form === JSON_TEXT ? JSON.parse(text) : parse(text, READ_BUFFER);
  }

  /** Of a value that code has stored: what a handler that returns it would answer. */
  private toResponse(): StoredResponse {
    const { form, text = '' } = this;
    const answer = (kind: BodyKind, body: string | Buffer) =>
      new StoredResponse({ status: 200, headers: {}, kind }, body);
    if (form === BYTES) return answer('bytes', this.value as Buffer);
    if (form !== JSON_TEXT) return answer('json', JSON.stringify(this.asPlain));
    return text.startsWith('"') ? answer('text', this.asValue as string) : answer('json', text);
  }
}

/** Maps and sets as lists, BigInts as decimal text, bytes as base64; what lies in itself is left out. */
function showable(value: unknown, above: Set<unknown>): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString('base64');
  if (above.has(value)) return undefined;
  const within = new Set(above).add(value);
  if (value instanceof Map || value instanceof Set || Array.isArray(value)) {
    return [...(value as Iterable<unknown>)].map((each) => showable(each, within));
  }
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, showable(each, within)]));
}
