import type { FastifyRequest } from 'fastify';
import * as fc from 'fast-check';
import { keyFromTemplate, keyFromUrl } from './request-key.js';

const request = (parts: object) => parts as FastifyRequest;
const unit = fc.oneof(fc.constantFrom(...':{}%/?#&= '), fc.string({ unit: 'binary', maxLength: 1 }));
const text = fc.string({ unit }).filter((each) => !/\p{Surrogate}/u.test(each));

describe('the key of a request', () => {
  it('is the template with the path parameters in it', () => {
    const key = keyFromTemplate('product:{id}:reviews:{page}');
    expect(key(request({ params: { id: '42', page: 'a:b{c}' } }))).toBe('product:42:reviews:a%3Ab%7Bc%7D');
    expect(keyFromTemplate('all')(request({ params: {} }))).toBe('all');
  });

  it('is another one for other parameters', () => {
    const key = keyFromTemplate('{a}:{b}');
    fc.assert(
      fc.property(text, text, text, text, (a, b, c, d) => {
        const same = a === c && b === d;
        expect(key(request({ params: { a, b } })) === key(request({ params: { a: c, b: d } }))).toBe(same);
      }),
    );
  });

  it('is the path with its query in one order', () => {
    const key = (url: string) => keyFromUrl(request({ url }));
    expect(key('/x?b=2&a=1')).toBe(key('/x?a=1&b=2'));
    expect(key('/x')).toBe(key('/x?'));
    const others = [
      '/x',
      '/y',
      '/x?a=1',
      '/x?a=2',
      '/x?a=1&a=2',
      '/x?a=2&a=1',
      '/x?a=1%26b=2',
      '/x?a=1&b=2',
      '/x/?a=1',
    ];
    expect(new Set(others.map(key)).size).toBe(others.length);
  });

  it('has no separator of variants that comes from outside', () => {
    expect(keyFromUrl(request({ url: '/x|y?a=|&|=1' }))).not.toContain('|');
    expect(keyFromTemplate('a:{id}')(request({ params: { id: '|' } }))).toBe('a:%7C');
  });
});
