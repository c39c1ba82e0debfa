import * as fc from 'fast-check';
import { type Answer, digest, seal, unseal } from './sealed-answer.js';

const ANSWER: Answer = { headers: { 'set-cookie': ['a=1', 'b=2'] }, body: { token: 'secret-token' } };

describe('a sealed answer', () => {
  it('is opened by the key that sealed it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.jsonValue(), (key, body) => {
        const text = JSON.parse(JSON.stringify(body)) as unknown;
        expect(unseal(seal({ headers: {}, body: text }, key), key)).toEqual({ headers: {}, body: text });
      }),
    );
    expect(unseal(seal(ANSWER, 'k'), 'k')).toEqual(ANSWER);
  });

  it('shows nothing of what it holds, and never looks the same twice', () => {
    const [one, other] = [seal(ANSWER, 'k'), seal(ANSWER, 'k')];
    expect(one).not.toBe(other);
    expect(Buffer.from(one, 'base64').toString('latin1')).not.toContain('secret');
  });

  it('is not opened by another key, nor when a single bit of it has changed', () => {
    const sealed = seal(ANSWER, 'k');
    expect(() => unseal(sealed, 'l')).toThrow();
    const bytes = Buffer.from(sealed, 'base64');
    for (let i = 0; i < bytes.length; i++) {
      bytes[i] ^= 1;
      expect(() => unseal(bytes.toString('base64'), 'k')).toThrow();
      bytes[i] ^= 1;
    }
    expect(() => unseal(bytes.subarray(0, 20).toString('base64'), 'k')).toThrow();
  });

  it('lies under a digest that does not tell the key', () => {
    expect(digest('k-1')).toMatch(/^[\w-]{43}$/);
    expect(digest('k-1')).not.toBe(digest('k-2'));
  });
});
