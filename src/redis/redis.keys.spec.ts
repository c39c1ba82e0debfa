import * as fc from 'fast-check';
import { ValidationFailedError } from '../errors/index.js';
import { encodeId, isId, MAX_ID_BYTES, RedisKeys } from './redis.keys.js';

const anyText = fc.string({
  unit: fc.oneof(fc.constantFrom(...'{}:*?[]%\n\r\0 \\'), fc.string({ unit: 'binary', size: 'small' })),
  maxLength: 40,
});
const id = fc.oneof(fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }), anyText).filter(isId);
const illFormed = fc
  .tuple(fc.string(), fc.integer({ min: 0xd8_00, max: 0xdf_ff }), fc.string())
  .map(([before, half, after]) => before + String.fromCharCode(half) + after);

describe('a Redis key', () => {
  const keys = new RedisKeys('holdfast', 'default', 'sessions');

  it('is spelt prefix, namespace, feature, hash tag, part', () => {
    expect(keys.key('ada@example.com', 'user')).toBe('holdfast:default:sessions:{ada@example.com}:user');
    expect(keys.key('a:b{c}*\n', 'user')).toBe('holdfast:default:sessions:{a%3ab%7bc%7d%2a%0a}:user');
    expect(keys.key('☃', 'user')).toBe('holdfast:default:sessions:{%e2%98%83}:user');
  });

  it('holds safe bytes only, and exactly the id as its hash tag', () => {
    fc.assert(
      fc.property(id, (text) => {
        const key = keys.key(text, 'user');
        expect(key).toMatch(/^holdfast:default:sessions:\{[A-Za-z0-9_.@=+/%-]+\}:user$/);
        const tag = key.slice(key.indexOf('{') + 1, key.indexOf('}'));
        expect(decodeURIComponent(tag)).toBe(text);
      }),
    );
  });

  it('is another one for another id', () => {
    fc.assert(
      fc.property(id, id, (one, other) => {
        expect(keys.key(one, 'user') === keys.key(other, 'user')).toBe(one === other);
      }),
    );
  });

  it('of a shard cannot be reached by an id that looks like it', () => {
    const keys = new RedisKeys('holdfast', 'default', 'locks');
    expect(keys.shardKey('a', 1, 'part')).toBe('holdfast:default:locks:{a#1}:part');
    for (const id of ['a#1', 'a%231', 'a'])
      expect(keys.key(id, 'part')).not.toBe(keys.shardKey('a', 1, 'part'));
  });

  it('cannot be reached by an id that looks like a key', () => {
    for (const text of ['x}:user', '{x', 'x%3ay', '%', '%7b']) {
      expect(decodeURIComponent(encodeId(text))).toBe(text);
      expect(encodeId(text)).not.toBe(text);
    }
  });

  it('takes ids of 1 to 256 bytes, however many characters those are', () => {
    expect(encodeId('x'.repeat(MAX_ID_BYTES))).toHaveLength(MAX_ID_BYTES);
    expect(encodeId('é'.repeat(MAX_ID_BYTES / 2))).toHaveLength(3 * MAX_ID_BYTES);
    for (const text of ['', 'x'.repeat(MAX_ID_BYTES + 1), `x${'é'.repeat(MAX_ID_BYTES / 2)}`]) {
      expect(isId(text)).toBe(false);
      expect(() => encodeId(text)).toThrow(ValidationFailedError);
    }
  });

  it('is refused to half a surrogate pair, which would share the key of another id', () => {
    fc.assert(fc.property(illFormed, (text) => isId(text) !== /\p{Surrogate}/u.test(text)));
    expect(() => encodeId('a\ud800b')).toThrow(ValidationFailedError);
    expect(isId('👩‍🚀')).toBe(true);
  });

  it('is refused to what is no text', () => {
    for (const value of [undefined, null, 1, {}, ['a']]) expect(isId(value)).toBe(false);
  });
});
