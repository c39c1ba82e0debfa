import type { FastifyRequest } from 'fastify';
import * as fc from 'fast-check';
import { principalSlot, startedPrincipalSlot } from '../../http/index.js';
import { digestOf, isPersonal, varyingValues } from './request-variant.js';

const request = (headers: Record<string, string>) => ({ headers }) as unknown as FastifyRequest;

describe('a request', () => {
  it('is personal when it carries credentials, were they empty', () => {
    for (const name of ['authorization', 'cookie', 'session-token']) {
      expect(isPersonal(request({ [name]: '' }))).toBe(true);
    }
    expect(isPersonal(request({ accept: '*/*' }))).toBe(false);
  });

  it('is personal when somebody has found its user in another way', () => {
    const checked = request({});
    principalSlot.set(checked, { userId: 'u', roles: [], sessionId: 's' });
    const started = request({});
    startedPrincipalSlot.set(started, () => Promise.reject(new Error('none')));
    expect([isPersonal(checked), isPersonal(started)]).toEqual([true, true]);
  });
});

describe('the values by which an answer varies', () => {
  const language = (value: string) =>
    varyingValues(request({ 'accept-language': value }), ['accept-language']);
  const tenant = (headers: Record<string, string>) => varyingValues(request(headers), ['x-tenant']);

  it('are the same for languages in other case and space', () => {
    expect(language(' DE-de,  en')).toBe(language('de-de, en'));
    expect(language('de')).not.toBe(language('en'));
  });

  it('are others for other values of a header whose case may matter', () => {
    expect(tenant({ 'x-tenant': 'A' })).not.toBe(tenant({ 'x-tenant': 'a' }));
    expect(tenant({ 'x-tenant': '' })).not.toBe(tenant({}));
    expect(varyingValues(request({ a: 'x' }), ['a'])).not.toBe(varyingValues(request({ b: 'x' }), ['b']));
  });

  it('cannot be read as those of other headers', () => {
    const value = fc.option(
      fc.string().map((text) => text.replaceAll(/[\r\n]/g, '')),
      { nil: undefined },
    );
    const of = (a?: string, b?: string) =>
      varyingValues(request({ ...(a === undefined ? {} : { a }), ...(b === undefined ? {} : { b }) }), [
        'a',
        'b',
      ]);
    fc.assert(
      fc.property(value, value, value, value, (a, b, c, d) => {
        expect(of(a, b) === of(c, d)).toBe(a === c && b === d);
      }),
    );
  });
});

describe('a digest', () => {
  it('is the same each time, and another for another text', () => {
    const long = 'x'.repeat(2000);
    expect(digestOf('a')).toBe(digestOf('a'));
    expect(digestOf(long)).toBe(digestOf(long));
    expect(new Set([digestOf('a'), digestOf('b'), digestOf(long)]).size).toBe(3);
    expect(digestOf('a')).toMatch(/^[\w-]{22}$/);
  });
});
