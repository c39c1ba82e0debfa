import { Keyv, type KeyvStoreAdapter } from 'keyv';
import { keyvStoreContract } from '../../../test/contracts/keyv-store.contract.js';
import { appWithout, TestApp } from '../../../test/support/app.js';
import { keyvSuite } from '../../../test/support/keyv-suite.js';
import { TestRedis } from '../../../test/support/redis-server.js';
import { CacheSpaces } from '../spaces/cache-spaces.js';
import { Keyv5Store } from './keyv-5.store.js';

let redis: TestRedis;
let spaces: CacheSpaces;

beforeAll(async () => {
  redis = await TestRedis.start();
  const app = await TestApp.start({ REDIS_URL: redis.url }, appWithout('PostgresModule', 'CatalogModule'));
  spaces = app.get(CacheSpaces);
});

/** Typed, so that it compiles only while it is what Keyv 5 asks for. */
const open = (): KeyvStoreAdapter & Keyv5Store => new Keyv5Store(spaces);

keyvStoreContract('Keyv5Store', {
  open,
  expiry: 'ttl',
  after: (ms) => ms,
  deleted: (each) => each.includes(true),
});

keyvSuite('Keyv 5', Keyv, open);

/** Its values stay as they are. */
class PlainKeyv extends Keyv {
  constructor(options: object) {
    super({ serialize: undefined, deserialize: undefined, ...options });
  }
}

keyvSuite('Keyv 5 without serialisation', PlainKeyv, open);

describe('Keyv5Store', () => {
  beforeEach(() => redis.client.flushall());

  const leftMs = (key: string) => redis.client.pttl(`holdfast:default:cache:{keyv%3a%3a${key}}:entry`);

  it.each([
    { case: 'none', ttl: undefined, livesMs: 7000 },
    { case: 'zero', ttl: 0, livesMs: 7000 },
    { case: 'no number', ttl: NaN, livesMs: 7000 },
    { case: 'for ever', ttl: Infinity, livesMs: 7000 },
    { case: 'its own, though it is longer', ttl: 60_000, livesMs: 60_000 },
    { case: 'a century', ttl: 3_155_760_000_000, livesMs: 31_622_400_000 },
    { case: 'a part of a millisecond', ttl: 5000.2, livesMs: 5001 },
  ])('gives each key a ttl: $case', async ({ ttl, livesMs }) => {
    await new Keyv5Store(spaces, { ttlMs: 7000 }).set('k', 'v', ttl);
    const left = await leftMs('k');
    // Up to 5 % is taken off, so that entries do not expire together.
    expect(left).toBeGreaterThan(livesMs * 0.95 - 2000);
    expect(left).toBeLessThanOrEqual(livesMs);
  });

  it('keeps a value without a ttl for a day unless told otherwise', async () => {
    await new Keyv5Store(spaces).set('k', 'v');
    const left = await leftMs('k');
    expect(left).toBeGreaterThan(86_400_000 * 0.94);
    expect(left).toBeLessThanOrEqual(86_400_000);
  });

  it.each([0, -1, NaN])('refuses a life of %d ms', (ttlMs) => {
    expect(() => new Keyv5Store(spaces, { ttlMs })).toThrow(RangeError);
  });

  it('tells Keyv of a value that would not come back as it was', async () => {
    const keyv = new PlainKeyv({ store: open() });
    const errors: Error[] = [];
    keyv.on('error', (error: Error) => errors.push(error));
    expect(await keyv.set('k', new (class Film {})())).toBe(false);
    expect(errors.map(({ name }) => name)).toEqual(['NotCacheableError']);
    expect(await keyv.get('k')).toBeUndefined();
  });
});
