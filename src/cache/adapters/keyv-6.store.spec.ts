import { Keyv, KeyvBridgeAdapter, KeyvMemoryAdapter, type KeyvStorageAdapter } from 'keyv-6';
import { keyvStoreContract } from '../../../test/contracts/keyv-store.contract.js';
import { appWithout, TestApp } from '../../../test/support/app.js';
import { keyvSuite } from '../../../test/support/keyv-suite.js';
import { TestRedis } from '../../../test/support/redis-server.js';
import { CacheSpaces } from '../spaces/cache-spaces.js';
import { Keyv5Store } from './keyv-5.store.js';
import { Keyv6Store } from './keyv-6.store.js';

let redis: TestRedis;
let spaces: CacheSpaces;

beforeAll(async () => {
  redis = await TestRedis.start();
  const app = await TestApp.start({ REDIS_URL: redis.url }, appWithout('PostgresModule', 'CatalogModule'));
  spaces = app.get(CacheSpaces);
});

/** Typed, so that it compiles only while it is what Keyv 6 asks for; of the emitter it only takes `on`. */
type Storage = Omit<KeyvStorageAdapter, keyof Keyv> &
  Pick<KeyvStorageAdapter, 'get' | 'set' | 'clear' | 'has'>;
const open = (): Keyv6Store & Storage => new Keyv6Store(spaces);

const contract = {
  expiry: 'expires',
  after: (ms: number) => Date.now() + ms,
  deleted: (each: boolean[]) => each,
} as const;

keyvStoreContract('Keyv6Store', { ...contract, open });

const map = new Map();
keyvStoreContract("Keyv 6's own memory", { ...contract, open: () => new KeyvMemoryAdapter(map) });

/** Keyv 6 gives a list where Keyv 5 gave one boolean. */
const unmet = ['.deleteMany([keys]) with nonexistent keys resolves to false'];
keyvSuite('Keyv 6', Keyv, open, { unmet });
keyvSuite('Keyv 6 over the store of Keyv 5', Keyv, () => new Keyv5Store(spaces), { unmet });

describe('Keyv 6', () => {
  it('takes Keyv6Store as it is, and wraps Keyv5Store', () => {
    const store = open();
    // By their names: a store leads to the whole application, which a failure would print.
    expect(new Keyv({ store }).store.constructor).toBe(Keyv6Store);
    expect(new Keyv({ store: new Keyv5Store(spaces) }).store.constructor).toBe(KeyvBridgeAdapter);
  });

  it('keeps to the namespace that it gives either of them', async () => {
    for (const Store of [Keyv6Store, Keyv5Store]) {
      const [films, people] = ['films', 'people'].map(
        (namespace) => new Keyv({ store: new Store(spaces), namespace }),
      );
      await films.set('k', 'a film');
      await people.set('k', 'a person', 60_000);
      await films.clear();
      expect([await films.get('k'), await people.get('k')]).toEqual([undefined, 'a person']);
      expect(await people.deleteMany(['k', 'none'])).toEqual(
        Store === Keyv6Store ? [true, false] : [true, true],
      );
    }
  });
});

describe('Keyv6Store', () => {
  it('gives each key a ttl', async () => {
    await redis.client.flushall();
    const store = new Keyv6Store(spaces, { ttlMs: 7000 });
    const leftMs = () => redis.client.pttl('holdfast:default:cache:{keyv%3a%3ak}:entry');
    for (const expires of [undefined, NaN, Infinity]) {
      await store.set('k', 'v', expires);
      expect(await leftMs()).toBeLessThanOrEqual(7000);
      expect(await leftMs()).toBeGreaterThan(0);
    }
    await store.set('k', 'v', Date.now() + 60_000);
    expect(await leftMs()).toBeGreaterThan(50_000);
    expect(await leftMs()).toBeLessThanOrEqual(60_000);
    await store.set('k', 'v', Date.now() + 3_155_760_000_000);
    expect(await leftMs()).toBeLessThanOrEqual(31_622_400_000);
  });
});
