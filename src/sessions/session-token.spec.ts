import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { mintToken, parseToken, userTag } from './session-token.js';

const user = fc.string({ unit: 'binary', minLength: 1 });

describe('a session token', () => {
  it('comes apart into what it was made of', () => {
    fc.assert(
      fc.property(user, (userId) => {
        const { token, ...credential } = mintToken(userTag(userId, 'holdfast:default'));
        expect(token).toMatch(/^[\w-]{12}\.[\w-]{22}\.[\w-]{43}$/);
        expect(parseToken(token)).toEqual(credential);
      }),
    );
  });

  it('is another one each time, with another id and another secret', () => {
    const minted = Array.from({ length: 1000 }, () => mintToken('AAAAAAAAAAAA'));
    for (const part of ['token', 'id', 'verifier'] as const) {
      expect(new Set(minted.map((each) => each[part])).size).toBe(1000);
    }
  });

  it('is kept as a hash, from which it does not follow', () => {
    const { token, verifier } = mintToken('AAAAAAAAAAAA');
    const secret = token.split('.')[2];
    expect(verifier).toBe(createHash('sha256').update(secret).digest('base64url'));
    expect(token).not.toContain(verifier);
  });

  it('is no longer itself when any of it has changed', () => {
    const { token, ...credential } = mintToken(userTag('ada', 'holdfast:default'));
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
        const changed = token.slice(0, at) + character + token.slice(at + 1);
        fc.pre(changed !== token);
        expect(parseToken(changed)).not.toEqual(credential);
      }),
    );
    for (const at of [0, 11, 12, 13, 34, 35, 36, token.length - 1]) {
      expect(parseToken(token.slice(0, at) + token.slice(at + 1))).toBeUndefined();
    }
  });

  it('is nothing else', () => {
    fc.assert(fc.property(fc.string(), (text) => parseToken(text) === undefined));
    const { token } = mintToken('AAAAAAAAAAAA');
    for (const text of [
      `${token}\n`,
      `\n${token}`,
      `${token}.x`,
      ` ${token}`,
      token.replaceAll('.', ':'),
      `${token}=`,
    ]) {
      expect(parseToken(text)).toBeUndefined();
    }
  });

  it('begins with its user’s tag, which shows neither the user nor another scope’s', () => {
    fc.assert(
      fc.property(user, user, (one, other) => {
        const tag = userTag(one, 'a');
        expect(tag).toMatch(/^[\w-]{12}$/);
        expect(tag).toBe(userTag(one, 'a'));
        expect(tag).not.toBe(userTag(one, 'b'));
        expect(tag === userTag(other, 'a')).toBe(Buffer.from(one).equals(Buffer.from(other)));
      }),
    );
  });
});
