import { isKnown } from './entity-tag.js';

describe('If-None-Match', () => {
  it.each([
    ['"a"', '"a"'],
    ['W/"a"', '"a"'],
    ['"a"', 'W/"a"'],
    ['"x", W/"a" ,"y"', '"a"'],
    ['"with, comma","a"', '"a"'],
    [' * ', '"a"'],
  ])('%s knows %s', (header, etag) => expect(isKnown(header, etag)).toBe(true));

  it.each([
    ['"b"', '"a"'],
    ['a', '"a"'],
    ['"a', '"a"'],
    ['', '"a"'],
    ['"A"', '"a"'],
    ['"x, "a" y"', '"b"'],
    ['"*"', '"a"'],
  ])('%s does not know %s', (header, etag) => expect(isKnown(header, etag)).toBe(false));
});
