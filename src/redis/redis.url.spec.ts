import * as fc from 'fast-check';
import { InvalidSettingsError, readSettings } from '../config/index.js';
import { parseRedisUrl, type Topology } from './redis.url.js';

const cases: [url: string, topology: Topology][] = [
  ['redis://cache', { kind: 'standalone', node: { host: 'cache', port: 6379 }, login: {} }],
  [
    'redis://127.0.0.1:7000/3',
    { kind: 'standalone', node: { host: '127.0.0.1', port: 7000 }, login: { db: 3 } },
  ],
  ['redis://[::1]:7000', { kind: 'standalone', node: { host: '::1', port: 7000 }, login: {} }],
  [
    'redis://:secret@cache',
    { kind: 'standalone', node: { host: 'cache', port: 6379 }, login: { password: 'secret' } },
  ],
  [
    'redis://user:secret@cache',
    {
      kind: 'standalone',
      node: { host: 'cache', port: 6379 },
      login: { username: 'user', password: 'secret' },
    },
  ],
  [
    'redis://team%3Aa:p%40ss%3Aw%2Ford%20%25@cache',
    {
      kind: 'standalone',
      node: { host: 'cache', port: 6379 },
      login: { username: 'team:a', password: 'p@ss:w/ord %' },
    },
  ],
  ['rediss://cache:6380', { kind: 'standalone', node: { host: 'cache', port: 6380 }, login: { tls: {} } }],
  [
    'rediss://:secret@cache/1',
    {
      kind: 'standalone',
      node: { host: 'cache', port: 6379 },
      login: { password: 'secret', tls: {}, db: 1 },
    },
  ],
  [
    'redis-sentinel://s1,s2:26380,[::1]/main',
    {
      kind: 'sentinel',
      nodes: [
        { host: 's1', port: 26_379 },
        { host: 's2', port: 26_380 },
        { host: '::1', port: 26_379 },
      ],
      master: 'main',
      login: {},
    },
  ],
  [
    'redis-sentinel://user:secret@s1/main/2',
    {
      kind: 'sentinel',
      nodes: [{ host: 's1', port: 26_379 }],
      master: 'main',
      login: { username: 'user', password: 'secret', db: 2 },
    },
  ],
  [
    'redis-cluster://:secret@h1,h2:7001',
    {
      kind: 'cluster',
      nodes: [
        { host: 'h1', port: 6379 },
        { host: 'h2', port: 7001 },
      ],
      login: { password: 'secret' },
    },
  ],
];

/** Whether the rule of REDIS_URL takes it, so that only such URLs are ever parsed. */
function isAccepted(REDIS_URL: string): boolean {
  try {
    return readSettings({ REDIS_URL }).redisUrl === REDIS_URL;
  } catch (error) {
    if (error instanceof InvalidSettingsError) return false;
    throw error;
  }
}

describe('a Redis URL', () => {
  it.each(cases)('%s', (url, topology) => {
    expect(isAccepted(url)).toBe(true);
    expect(parseRedisUrl(url)).toEqual(topology);
  });

  it.each([
    'cache',
    'cache:6379',
    'http://cache',
    'redis:cache',
    'redis://',
    'redis:///1',
    'redis://user:secret@',
    'redis://user:%zz@cache',
    'redis://user:secret@host@cache',
    'redis://h1,h2',
    'redis://cache:port',
    'redis://cache:123456',
    'redis://cache/zero',
    'redis://cache/0/1',
    'redis://::1',
    'redis-cluster://h1,,h2',
    'redis-cluster://h1,h2/1',
    'redis-sentinel://s1/main/zero',
    'redis-sentinel://s1',
    'redis-sentinel://s1/',
    'redis://ca che',
    'redis://cache?db=1',
    ' redis://cache',
    'REDIS://cache',
  ])('is not %j', (url) => {
    expect(isAccepted(url)).toBe(false);
  });

  it('gives any credentials back that were percent-encoded', () => {
    const text = fc.string({ unit: 'binary', minLength: 1 }).filter((each) => !/\p{Surrogate}/u.test(each));
    fc.assert(
      fc.property(text, text, (username, password) => {
        const url = `redis://${encodeURIComponent(username)}:${encodeURIComponent(password)}@cache:1/2`;
        expect(isAccepted(url)).toBe(true);
        expect(parseRedisUrl(url)).toMatchObject({ login: { username, password, db: 2 } });
      }),
    );
  });
});
