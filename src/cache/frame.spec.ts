import * as fc from 'fast-check';
import { frameBody, leaseHeldUntil, readFrame, TOKEN_BYTES } from './frame.js';

/** As store.lua writes it. */
function frameOf(freshUntil: number, servedUntil: number, body: Buffer): Buffer {
  const head = Buffer.alloc(13);
  head[0] = 1;
  head.writeUIntBE(freshUntil, 1, 6);
  head.writeUIntBE(servedUntil, 7, 6);
  return Buffer.concat([head, body]);
}

const token = fc
  .uint8Array({ minLength: TOKEN_BYTES, maxLength: TOKEN_BYTES })
  .map((bytes) => Buffer.from(bytes).toString('latin1'));
const tag = fc
  .string({ unit: 'binary', minLength: 1 })
  .filter((text) => !/\p{Surrogate}/u.test(text) && Buffer.byteLength(text) <= 256);

describe('a frame', () => {
  it('is read as it was written', () => {
    const part = fc.record({
      version: token,
      deltaMs: fc.nat(2 ** 32 - 1),
      form: fc.nat(255),
      tags: fc.array(fc.record({ tag, stamp: token }), { maxLength: 64 }),
      bytes: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    });
    const instant = fc.nat(2 ** 48 - 1);
    fc.assert(
      fc.property(part, instant, instant, (body, freshUntil, servedUntil) => {
        const lease = '\0'.repeat(TOKEN_BYTES);
        const buffer = frameOf(freshUntil, servedUntil, frameBody(body));
        expect(readFrame(buffer)).toEqual({ ...body, freshUntil, servedUntil, lease });
        expect(leaseHeldUntil(buffer)).toBe(0);
      }),
    );
  });

  it('holds tags of the longest kind', () => {
    const tags = Array.from({ length: 64 }, (_, index) => ({
      tag: `${'t'.repeat(254)}${10 + index}`,
      stamp: 's'.repeat(TOKEN_BYTES),
    }));
    const body = frameBody({
      version: 'v'.repeat(TOKEN_BYTES),
      deltaMs: 1,
      form: 1,
      tags,
      bytes: Buffer.from('x'),
    });
    expect(readFrame(frameOf(1, 2, body))).toMatchObject({ tags, bytes: Buffer.from('x') });
  });

  it('costs 50 bytes beside the value', () => {
    const body = frameBody({ version: '', deltaMs: 0, form: 1, tags: [], bytes: Buffer.alloc(0) });
    expect(frameOf(0, 0, body)).toHaveLength(50);
  });

  it('is none when it is short or of another format', () => {
    const body = frameBody({ version: '', deltaMs: 0, form: 1, tags: [], bytes: Buffer.alloc(0) });
    const frame = frameOf(1, 2, body);
    expect(readFrame(frame)).toBeDefined();
    expect(readFrame(frame.subarray(0, 49))).toBeUndefined();
    frame[0] = 2;
    expect(readFrame(frame)).toBeUndefined();
    expect(
      readFrame(Buffer.from(`V${JSON.stringify({ of: 'the format before this one, which had no head' })}`)),
    ).toBeUndefined();
  });
});
