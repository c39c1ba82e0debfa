import { directivesOf, forAll } from './cache-control.js';

describe('Cache-Control', () => {
  it.each([
    ['no-store', ['no-store']],
    ['Private, Max-Age=60', ['max-age', 'private']],
    ['private="set-cookie, no-store", public', ['private', 'public']],
    ['  no-cache ,,max-age = 1', ['', 'max-age', 'no-cache']],
  ])('%s is read', (header, names) => expect([...directivesOf(header)].sort()).toEqual(names));

  it.each([
    [59_999, 0, Infinity, 'public, max-age=59'],
    [59_999, 0, 5000, 'public, max-age=5'],
    [999, 0, Infinity, 'public, max-age=0'],
    [60_000, 90_000, Infinity, 'public, max-age=60, stale-while-revalidate=90, stale-if-error=90'],
    [60_000, 90_000, 0, 'public, no-cache'],
    [-1, 90_000, Infinity, 'public, no-cache'],
    [0, 0, Infinity, 'public, no-cache'],
  ])('fresh for %d ms, grace %d ms, clients for %d ms: %#', (fresh, grace, client, header) => {
    expect(forAll(fresh, grace, client)).toBe(header);
  });
});
