import { parse, stringify } from 'devalue';
import { NotCacheableError, shapeOf } from './cacheable.js';

/** How a value is written; the byte of the frame says it. */
const JSON_TEXT = 1;
const RICH_TEXT = 2;
const BYTES = 3;

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
  private constructor(
    readonly form: number,
    private text: string | undefined,
    private value: unknown,
    private hasValue: boolean,
  ) {}

  /** @throws NotCacheableError for undefined, which means that there is no value, and what would not come back as it was. */
  static of(value: unknown): CacheValue {
    if (value === undefined) throw new NotCacheableError('value', 'undefined');
    if (Buffer.isBuffer(value)) return new CacheValue(BYTES, undefined, value, true);
    if (shapeOf(value) === 'json') return new CacheValue(JSON_TEXT, JSON.stringify(value), value, true);
    return new CacheValue(RICH_TEXT, stringify(value, WRITE_BUFFER), value, true);
  }

  static ofJson(text: string): CacheValue {
    return new CacheValue(JSON_TEXT, text, undefined, false);
  }

  /** Undefined for a form that this version does not know: as good as no entry. */
  static read(form: number, bytes: Buffer): CacheValue | undefined {
    // A copy: a slice would keep all that arrived with it.
    if (form === BYTES) return new CacheValue(form, undefined, Buffer.from(bytes), true);
    if (form !== JSON_TEXT && form !== RICH_TEXT) return undefined;
    return new CacheValue(form, bytes.toString(), undefined, false);
  }

  get isNull(): boolean {
    return this.form === JSON_TEXT && this.text === 'null';
  }

  get bytes(): Buffer {
    return this.form === BYTES ? (this.value as Buffer) : Buffer.from(this.text ?? '');
  }

  /** About how much memory it takes. */
  get size(): number {
    return this.form === BYTES ? (this.value as Buffer).length : (this.text ?? '').length;
  }

  /** The value itself; the same object each time. */
  get asValue(): unknown {
    if (!this.hasValue) {
      const text = this.text ?? '';
      this.value = this.form === JSON_TEXT ? JSON.parse(text) : parse(text, READ_BUFFER);
      this.hasValue = true;
    }
    return this.value;
  }

  /** As the body of an answer. */
  get asJson(): string {
    return this.form === JSON_TEXT ? (this.text ?? '') : JSON.stringify(this.asPlain);
  }

  /** As JSON shows it: a value of code may hold what JSON has no form for. */
  get asPlain(): unknown {
    return this.form === JSON_TEXT ? this.asValue : showable(this.asValue, new Set());
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
