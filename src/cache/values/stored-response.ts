import { createHash } from 'node:crypto';

/** What the body of an answer is: the JSON of a value, a text, bytes, or none. */
export type BodyKind = 'json' | 'text' | 'bytes' | 'none';

export interface ResponseHead {
  readonly status: number;
  /** By their lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly kind: BodyKind;
}

const CONTENT_TYPES: Readonly<Record<BodyKind, string>> = {
  json: 'application/json; charset=utf-8',
  text: 'text/plain; charset=utf-8',
  bytes: 'application/octet-stream',
  none: '',
};

/** 120 bits: two bodies share one by accident no sooner than never. */
const TAG_CHARACTERS = 20;

/** An answer of a route. What is worked out of it, is once. */
export class StoredResponse {
  private tag?: string;

  constructor(
    readonly head: ResponseHead,
    readonly body: string | Buffer | undefined,
  ) {}

  /** @throws SyntaxError for bytes that are no answer. */
  static read(bytes: Buffer): StoredResponse {
    const end = bytes.indexOf('\n');
    const head = JSON.parse(bytes.toString('utf8', 0, end)) as ResponseHead;
    const body = bytes.subarray(end + 1);
    if (head.kind === 'none') return new StoredResponse(head, undefined);
    // A copy: a slice would keep all that arrived with it.
    return new StoredResponse(head, head.kind === 'bytes' ? Buffer.from(body) : body.toString());
  }

  /** A line of JSON, then the body. */
  get bytes(): Buffer {
    return Buffer.concat([Buffer.from(`${JSON.stringify(this.head)}\n`), Buffer.from(this.body ?? '')]);
  }

  /** About how much memory it takes. */
  get size(): number {
    return (this.body?.length ?? 0) + JSON.stringify(this.head).length;
  }

  /** What the body stands for, for code. */
  get value(): unknown {
    if (this.head.kind === 'json') return JSON.parse(String(this.body));
    return this.body ?? null;
  }

  get contentType(): string {
    const { headers, kind } = this.head;
    const own = headers['content-type'];
    return typeof own === 'string' ? own : CONTENT_TYPES[kind];
  }

  /** The handler's own ETag, else a strong one of what is sent. */
  get etag(): string {
    return (this.tag ??= this.ownTag ?? tagOf(this.contentType, this.body ?? ''));
  }

  private get ownTag(): string | undefined {
    const own = this.head.headers.etag;
    return typeof own === 'string' ? own : undefined;
  }
}

function tagOf(contentType: string, body: string | Buffer): string {
  const digest = createHash('sha1').update(`${contentType}\n`).update(body).digest('base64url');
  return `"${digest.slice(0, TAG_CHARACTERS)}"`;
}
