import * as fc from 'fast-check';
import { fromGroups, toGroups } from './cache-groups.js';

const printable = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((at) => String.fromCharCode(at)),
});

describe('cache groups', () => {
  it('are a list of strings', () => {
    expect(toGroups(['a', 'b "c" \\', 'é'])).toBe('"a", "b \\"c\\" \\\\", "%C3%A9"');
    expect(fromGroups('"a", "b \\"c\\"";x=1,"a"')).toEqual(['a', 'b "c"']);
    expect(fromGroups(['"a"', '"b"'])).toEqual(['a', 'b']);
    expect(fromGroups(undefined)).toEqual([]);
    expect(fromGroups('')).toEqual([]);
  });

  it.each(['a', '"a', '1', '("a")', '"a" "b"', '"a",', ':YQ==:'])('are not %s', (header) => {
    expect(fromGroups(header)).toBeUndefined();
  });

  it('come back as they went', () => {
    const tags = fc.uniqueArray(printable, { minLength: 1 });
    fc.assert(fc.property(tags, (each) => expect(fromGroups(toGroups(each))).toEqual(each)));
  });
});
