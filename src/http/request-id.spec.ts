import { requestId } from './request-id.js';

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;
const given = (id: string | string[] | undefined) => requestId({ headers: { 'x-request-id': id } });

describe('a request id', () => {
  it.each(['a', 'req-1', '4bf92f3577b34da6a3ce929d0e0e4736', 'a.b:c/d+e=f@g_h', 'x'.repeat(128)])(
    'is the caller’s: %s',
    (id) => {
      expect(given(id)).toBe(id);
    },
  );

  it.each(['', ' ', 'a b', 'x'.repeat(129), 'a\nb', '"a"', '{a}', 'é', '<a>', 'a;b', 'a,b'])(
    'is a new one instead of %j',
    (id) => {
      expect(given(id)).toMatch(UUID);
    },
  );

  it('is a new one for each request without', () => {
    expect(given(undefined)).not.toBe(given(undefined));
    expect(given(['a', 'b'])).toMatch(UUID);
  });
});
