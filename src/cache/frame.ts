/**
 * An entry as it lies in Redis: one string of bytes, big-endian.
 *
 *     0      1  format
 *     1      6  fresh until, ms; 0 while there is no value yet
 *     7      6  served until, ms: the end of its grace
 *    13      6  lease held until, ms
 *    19     12  lease
 *    31     12  version: the lease or token under which it was stored
 *    43      4  delta: how long its load took, ms
 *    47      1  how its value is written
 *    48      2  length of the tags
 *    50         tags: each a byte of its length less 1, the tag, the 12 bytes of its stamp; then the value
 *
 * The scripts write the times and the lease, this process the rest.
 */
export interface Frame {
  readonly freshUntil: number;
  readonly servedUntil: number;
  readonly lease: string;
  readonly version: string;
  readonly deltaMs: number;
  readonly form: number;
  readonly tags: readonly StampedTag[];
  readonly bytes: Buffer;
}

/** A tag, and the stamp that it had when the value's load began; as latin1, like all tokens of a frame. */
export interface StampedTag {
  readonly tag: string;
  readonly stamp: string;
}

export type FrameBody = Pick<Frame, 'version' | 'deltaMs' | 'form' | 'tags' | 'bytes'>;

export const TOKEN_BYTES = 12;

const FORMAT = 1;
const LEASE_AT = 13;
const BODY_AT = 31;
const TAGS_AT = 50;
const MAX_DELTA_MS = 2 ** 32 - 1;

/** Undefined for bytes that are no frame of this format: as good as no entry. */
export function readFrame(buffer: Buffer): Frame | undefined {
  if (buffer.length < TAGS_AT || buffer[0] !== FORMAT) return undefined;
  const end = TAGS_AT + buffer.readUInt16BE(48);
  return {
    freshUntil: buffer.readUIntBE(1, 6),
    servedUntil: buffer.readUIntBE(7, 6),
    lease: buffer.toString('latin1', 19, BODY_AT),
    version: buffer.toString('latin1', BODY_AT, 43),
    deltaMs: buffer.readUInt32BE(43),
    form: buffer[47],
    tags: end > TAGS_AT ? readTags(buffer, end) : [],
    bytes: buffer.subarray(end),
  };
}

/** Until when a frame's lease is held, ms. */
export function leaseHeldUntil(buffer: Buffer): number {
  return buffer.readUIntBE(LEASE_AT, 6);
}

/** What store.lua puts behind the times: no lease, then the rest. */
export function frameBody({ version, deltaMs, form, tags, bytes }: FrameBody): Buffer {
  const tagBytes = tags.map(({ tag }) => Buffer.byteLength(tag));
  const tagsLength = tagBytes.reduce((sum, length) => sum + 1 + length + TOKEN_BYTES, 0);
  const head = TAGS_AT - LEASE_AT;
  const body = Buffer.alloc(head + tagsLength + bytes.length);
  body.write(version, BODY_AT - LEASE_AT, 'latin1');
  body.writeUInt32BE(Math.min(Math.ceil(deltaMs), MAX_DELTA_MS), 43 - LEASE_AT);
  body[47 - LEASE_AT] = form;
  body.writeUInt16BE(tagsLength, 48 - LEASE_AT);
  let at = head;
  tags.forEach(({ tag, stamp }, index) => {
    body[at] = tagBytes[index] - 1;
    body.write(tag, at + 1);
    body.write(stamp, at + 1 + tagBytes[index], 'latin1');
    at += 1 + tagBytes[index] + TOKEN_BYTES;
  });
  bytes.copy(body, at);
  return body;
}

function readTags(buffer: Buffer, end: number): StampedTag[] {
  const tags: StampedTag[] = [];
  for (let at = TAGS_AT; at < end;) {
    const stampAt = at + 2 + buffer[at];
    tags.push({
      tag: buffer.toString('utf8', at + 1, stampAt),
      stamp: buffer.toString('latin1', stampAt, stampAt + TOKEN_BYTES),
    });
    at = stampAt + TOKEN_BYTES;
  }
  return tags;
}
