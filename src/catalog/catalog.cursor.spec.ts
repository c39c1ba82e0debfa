import { ValidationFailedError } from '../errors/index.js';
import { decodeCursor, encodeCursor } from './catalog.cursor.js';

const encode = (text: string) => Buffer.from(text).toString('base64url');

describe('cursors', () => {
  it.each([
    { searchTitle: 'é€😀"\\\n', id: '' },
    { searchTitle: '', id: 'x'.repeat(256) },
    { searchTitle: 'the land girls', id: 'the-land-girls-1998' },
  ])('come back as they were: %j', (position) => {
    expect(decodeCursor(encodeCursor(position))).toEqual(position);
  });

  it.each([
    'nonsense',
    '',
    encode('null'),
    encode('["a"]'),
    encode('["a",1]'),
    encode('["a","b","c"]'),
    encode('["a\\u0000","b"]'),
    encode('[ "a","b"]'),
    `${encodeCursor({ searchTitle: 'a', id: 'b' })}=`,
    ` ${encodeCursor({ searchTitle: 'a', id: 'b' })}`,
  ])('are refused when nobody made them: %p', (cursor) => {
    expect(() => decodeCursor(cursor)).toThrow(ValidationFailedError);
  });
});
