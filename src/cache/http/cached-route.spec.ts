import type { CachedOptions } from './cache.metadata.js';
import { CachedRoute } from './cached-route.js';

const route = (options: object, more: object = {}) =>
  new CachedRoute({ name: 'Things.read', options: options as CachedOptions, ...more });

describe('a route that says what cannot be done', () => {
  it.each([
    [{}, 'neither ttlMs nor @CacheTTL()'],
    [{ ttlMs: 0 }, 'ttlMs must be'],
    [{ ttlMs: -1 }, 'ttlMs must be'],
    [{ ttlMs: 1.5 }, 'ttlMs must be'],
    [{ ttlMs: '60' }, 'ttlMs must be'],
    [{ ttlMs: 1, graceMs: -1 }, 'graceMs must be'],
    [{ ttlMs: 1, clientTtlMs: -1 }, 'clientTtlMs must be'],
    [{ ttlMs: 1, clientTtlMs: Number.NaN }, 'clientTtlMs must be'],
    [{ ttlMs: 1, scope: 'session', clientTtlMs: 5 }, 'clientTtlMs'],
    [{ ttlMs: 1, scope: 'private' }, 'scope is neither'],
    [{ ttlMs: 1, vary: [] }, 'vary is empty'],
    [{ ttlMs: 1, vary: ['*'] }, 'vary: "*"'],
    [{ ttlMs: 1, vary: ['accept language'] }, 'vary: "accept language"'],
    [{ ttlMs: 1, vary: [''] }, 'vary: ""'],
    [{ ttlMs: 1, key: '' }, 'the key is empty'],
    [{ ttlMs: 1, key: 'a|b' }, 'must not hold "|"'],
    [{ ttlMs: 1, tags: [''] }, 'a tag must have'],
    [{ ttlMs: 1, tags: Array.from({ length: 65 }, String) }, '64 tags'],
  ])('%j: %s', (options, message) => expect(() => route(options)).toThrow(message));

  it('by the decorators of @nestjs/cache-manager', () => {
    expect(() => route({}, { ttl: 0 })).toThrow('ttlMs must be');
    expect(() => route({ ttlMs: 1 }, { key: 'a|b' })).toThrow('must not hold "|"');
  });
});

describe('a route', () => {
  it('takes its own options before those of other decorators', () => {
    const { fixedPolicy } = route({ ttlMs: 5, key: 'own' }, { ttl: 7, key: 'other' });
    expect(fixedPolicy.ttlMs).toBe(5);
    expect(route({}, { ttl: 7 }).fixedPolicy.ttlMs).toBe(7);
  });

  it('varies by credentials when it has no scope', () => {
    const vary = ['Accept-Language', 'accept-language', 'a'];
    expect(route({ ttlMs: 1, vary }).varyOut).toEqual([
      'a',
      'accept-language',
      'authorization',
      'cookie',
      'session-token',
    ]);
    expect(route({ ttlMs: 1, vary, scope: 'public' }).varyOut).toEqual(['a', 'accept-language']);
  });

  it('asks for a ttl whatever is given, and refuses none', async () => {
    const asking = route({}, { ttl: () => Promise.resolve(0) });
    expect(asking.asksForTtl).toBe(true);
    await expect(asking.policyFor({} as never)).rejects.toThrow('ttlMs must be');
  });
});
