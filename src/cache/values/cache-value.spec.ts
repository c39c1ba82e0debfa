import * as fc from 'fast-check';
import { CacheValue } from './cache-value.js';
import { NotCacheableError, shapeOf } from './cacheable.js';
import { compress, decompress, isCompressed } from './compression.js';

/** There and back, as through Redis. */
function again(value: unknown): unknown {
  const { form, bytes } = CacheValue.of(value);
  return CacheValue.read(form, bytes)?.asValue;
}

const json = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('-0'));

describe('a cached value', () => {
  it('comes back as it was, whatever JSON it is', () => {
    fc.assert(fc.property(json, (value) => expect(again(value)).toEqual(value)));
  });

  it('comes back as it was, or is refused', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withObjectString: true,
      withTypedArray: true,
      withBoxedValues: true,
      withNullPrototype: true,
      maxDepth: 4,
    });
    const bytes = fc.uint8Array().map((each) => ({ file: Buffer.from(each) }));
    let rich = 0;
    fc.assert(
      fc.property(fc.oneof(anything, fc.jsonValue(), bytes, fc.string({ unit: 'binary' })), (value) => {
        const back = attempt(value);
        if (back === undefined) return;
        if (shapeOf(value) === 'rich') rich += 1;
        expect(back).toStrictEqual(value);
      }),
      { numRuns: 2000 },
    );
    expect(rich).toBeGreaterThan(100);
  });

  it('may hold the same object twice', () => {
    const shared = { at: new Date(0) };
    expect(again([shared, shared])).toEqual([shared, shared]);
  });

  it('keeps circles, and fields that are undefined', () => {
    const circle: Record<string, unknown> = { gone: undefined };
    circle.self = circle;
    const back = again(circle) as typeof circle;
    expect(back.self).toBe(back);
    expect(Object.keys(back)).toEqual(['gone', 'self']);
  });

  it('is bytes as they are', () => {
    const { form, bytes } = CacheValue.of(Buffer.from([0, 255, 1]));
    expect(bytes).toEqual(Buffer.from([0, 255, 1]));
    const back = CacheValue.read(form, bytes)?.asValue;
    expect(Buffer.isBuffer(back)).toBe(true);
    expect(back).toEqual(Buffer.from([0, 255, 1]));
  });

  it('is null as any other, and not undefined', () => {
    expect(again(null)).toBeNull();
    expect(CacheValue.of(null).isNull).toBe(true);
    expect(CacheValue.of('null').isNull).toBe(false);
    expect(() => CacheValue.of(undefined)).toThrow(NotCacheableError);
  });

  it('is written as JSON wherever that is enough', () => {
    expect(shapeOf({ a: [1, 'b', null, { c: true }] })).toBe('json');
    expect(shapeOf({ a: undefined })).toBe('rich');
  });

  it.each([
    ['a function', { a: { b: () => 1 } }, 'value.a.b'],
    ['a symbol', [Symbol('s')], 'value.0'],
    ['a class', { at: new URL('http://x') }, 'value.at'],
    ['an error', new Error('x'), 'value'],
    ['a promise in a map', new Map([['k', Promise.resolve()]]), 'value.value'],
    ['a class in a set', new Set([new (class Own {})()]), 'value.item'],
    ['a hole', [1, , 3], 'value'], // eslint-disable-line no-sparse-arrays
    ['an array with names', Object.assign([1], { x: 1 }), 'value'],
    ['a symbol as a key', { [Symbol('s')]: 1 }, 'value'],
    ['a hidden field', Object.defineProperty({}, 'x', { value: 1 }), 'value'],
    ['a date with fields', Object.assign(new Date(), { x: 1 }), 'value'],
    ['a subclass', new (class Own extends Map {})(), 'value'],
  ])('is refused with %s in it, by name and place', (_name, value, place) => {
    expect(() => CacheValue.of(value)).toThrow(NotCacheableError);
    expect(() => CacheValue.of(value)).toThrow(` ${place} is `);
  });

  it('of another version’s form is none', () => {
    expect(CacheValue.read(99, Buffer.from('x'))).toBeUndefined();
  });
});

describe('compression', () => {
  const written = { form: 1, bytes: Buffer.from('value '.repeat(1000)) };

  it('makes large values smaller, and gives them back', async () => {
    const small = await compress(written, 1000);
    expect(isCompressed(small)).toBe(true);
    expect(small.bytes.length).toBeLessThan(200);
    expect(await decompress(small)).toEqual(written);
  });

  it('leaves what is small, or would not shrink', async () => {
    expect(await compress(written, 6001)).toEqual(written);
    const noise = { form: 3, bytes: Buffer.from(Array.from({ length: 256 }, (_, index) => index)) };
    expect(isCompressed(await compress(noise, 10))).toBe(false);
  });

  it('does not give back what is damaged', async () => {
    const small = await compress(written, 1000);
    await expect(decompress({ ...small, bytes: small.bytes.subarray(0, 20) })).rejects.toThrow();
  });
});

/** What comes back, or undefined for what was refused. */
function attempt(value: unknown): unknown {
  try {
    return again(value);
  } catch (error) {
    if (error instanceof NotCacheableError) return undefined;
    throw error;
  }
}
