import * as fc from 'fast-check';
import { NotCacheableError, toJson } from './json-value.js';

class Money {
  constructor(readonly cents: number) {}
}

const circle: Record<string, unknown> = {};
circle.self = { again: circle };

describe('a value for the cache', () => {
  it.each([
    ['a Date', { at: new Date(0) }, 'value.at is a Date'],
    ['a Map', new Map(), 'value is a Map'],
    ['a Set', [new Set([1])], 'value.0 is a Set'],
    ['a Buffer', { file: Buffer.from('x') }, 'value.file is a Buffer'],
    ['a class', { price: new Money(5) }, 'value.price is a Money'],
    ['an Error', new RangeError('x'), 'value is a RangeError'],
    ['a regular expression', /x/, 'value is a RegExp'],
    ['undefined', undefined, 'value is of type undefined'],
    ['undefined inside', { a: [{ b: undefined }] }, 'value.a.0.b is of type undefined'],
    ['a function', { f: () => 1 }, 'value.f is of type function'],
    ['a symbol', Symbol('x'), 'value is of type symbol'],
    ['a bigint', { n: 1n }, 'value.n is of type bigint'],
    ['NaN', [Number.NaN], 'value.0 is NaN'],
    ['Infinity', -Infinity, 'value is -Infinity'],
    ['minus zero', { n: -0 }, 'value.n is 0'],
    ['a boxed number', Object(1), 'value is a Number'],
    ['a circle', circle, 'value.self.again is a circle'],
  ])('is not %s, which is named with its place', (_name, value, message) => {
    expect(() => toJson(value)).toThrow(NotCacheableError);
    expect(() => toJson(value)).toThrow(`The value cannot be cached: ${message}`);
  });

  // What JSON leaves out or fills in, and nothing has looked for.
  it.each([
    ['an array with holes', Array(2)],
    ['an array with a name beside its numbers', Object.assign([1], { name: 'x' })],
    ['an object with a symbol for a name', { [Symbol('x')]: 1 }],
  ])('is not %s', (_name, value) => {
    expect(() => toJson(value)).toThrow(NotCacheableError);
  });

  it('may hold the same object twice, as long as it is no circle', () => {
    const shared = { a: 1 };
    expect(JSON.parse(toJson([shared, shared]))).toEqual([shared, shared]);
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
      maxDepth: 4,
    });
    let taken = 0;
    fc.assert(
      fc.property(fc.oneof(anything, fc.jsonValue()), (value) => {
        const text = attempt(value);
        if (text === undefined) return;
        taken += 1;
        expect(JSON.parse(text)).toStrictEqual(value);
      }),
      { numRuns: 1000 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  /** The text of a value, or undefined for one that was refused. */
  function attempt(value: unknown): string | undefined {
    try {
      return toJson(value);
    } catch (error) {
      if (error instanceof NotCacheableError) return undefined;
      throw error;
    }
  }
});
