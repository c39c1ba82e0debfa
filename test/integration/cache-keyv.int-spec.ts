import { Keyv } from 'keyv';
import { CacheService, CacheSpaces, Keyv5Store, Keyv6Store } from '../../src/cache/index.js';
import { TestApp } from '../support/app.js';
import { cacheReplicas } from '../support/cache-replicas.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

let redis: TestRedis;
let here: TestApp;
let there: TestApp;

beforeAll(async () => {
  redis = await TestRedis.start();
  [here, there] = await cacheReplicas(redis);
});

beforeEach(() => redis.client.flushall());

const storeOf = (app: TestApp, namespace?: string) => {
  const store = new Keyv6Store(app.get(CacheSpaces));
  store.namespace = namespace;
  return store;
};

/** With the values as they are. */
const plainKeyv = (app: TestApp) =>
  new Keyv({ store: new Keyv5Store(app.get(CacheSpaces)), serialize: undefined, deserialize: undefined });

/** Commands that a call has cost Redis, by name. */
async function cost(call: () => Promise<unknown>): Promise<Record<string, number>> {
  await redis.client.config('RESETSTAT');
  await call();
  const stats = await redis.client.info('commandstats');
  const calls = [...stats.matchAll(/cmdstat_(\w+):calls=(\d+)/g)];
  return Object.fromEntries(calls.map(([, name, times]) => [name, Number(times)]));
}

/** Has both replicas keep the key in process, so that what follows is heard and not read. */
async function keptBy(stores: readonly Keyv6Store[], key: string): Promise<void> {
  const isKept = async () => {
    const spent = await cost(() => Promise.all(stores.map((store) => store.get(key))));
    return !spent.evalsha;
  };
  await waitFor(isKept, { what: 'both replicas to keep the value' });
}

describe('two replicas', () => {
  it('see what the other sets, deletes and clears, also what they keep in process', async () => {
    const [one, other] = [storeOf(here, 'films'), storeOf(there, 'films')];
    const becomes = (value: unknown) =>
      waitFor(async () => (await other.get('k')) === value, { what: `the other to see ${String(value)}` });
    await one.set('k', 1);
    await becomes(1);
    await keptBy([one, other], 'k');
    await one.set('k', 2);
    await becomes(2);
    await keptBy([one, other], 'k');
    expect(await one.delete('k')).toBe(true);
    expect(await one.get('k')).toBeUndefined();
    await becomes(undefined);
    await one.set('k', 3);
    await becomes(3);
    await keptBy([one, other], 'k');
    await one.clear();
    expect(await one.get('k')).toBeUndefined();
    await becomes(undefined);
  });

  it('of all who delete a key at once, one hears that it was there', async () => {
    const stores = Array.from({ length: 20 }, (_, index) => storeOf(index % 2 ? here : there, 'once'));
    for (let round = 0; round < 50; round += 1) {
      await stores[0].set('k', round);
      const deleted = await Promise.all(stores.map((store) => store.delete('k')));
      expect(deleted.filter(Boolean)).toEqual([true]);
    }
  });

  it('share no entry with CacheService, nor with another namespace', async () => {
    const cache = here.get(CacheService);
    await cache.set('k', 'of the service', { ttlMs: 60_000 });
    const [named, unnamed] = [storeOf(here, 'films'), storeOf(here)];
    expect([await named.get('k'), await unnamed.get('k')]).toEqual([undefined, undefined]);
    await named.set('k', 'named');
    await unnamed.set('k', 'unnamed');
    await unnamed.clear();
    expect(await named.get('k')).toBe('named');
    expect(await cache.get('k')).toBe('of the service');
  });
});

describe('values that Keyv does not serialise', () => {
  const film = {
    released: new Date('1979-05-25T00:00:00Z'),
    roles: new Map([['Ripley', { actor: 'Weaver' }]]),
    genres: new Set(['horror']),
    budget: 11_000_000n,
    sequel: undefined,
    poster: Buffer.from([0, 255, 1]),
    rating: NaN,
  };

  it('come back as they were, on every replica', async () => {
    await plainKeyv(here).set('alien', film, 60_000);
    for (const app of [here, there, here]) {
      const found = await plainKeyv(app).get<typeof film>('alien');
      expect(found).toEqual(film);
      expect(Object.keys(found!)).toContain('sequel');
      expect(found!.roles).toBeInstanceOf(Map);
    }
    expect(await plainKeyv(there).getMany(['alien', 'none'])).toEqual([film, undefined]);
  });

  it('are one object for all callers of a process, and frozen outside production', async () => {
    await plainKeyv(here).set('alien', film, 60_000);
    const found = await plainKeyv(here).get<{ sequel?: string }>('alien');
    expect(() => (found!.sequel = 'Aliens')).toThrow(TypeError);
  });

  it('that Keyv serialises are another object for each caller, to be changed at will', async () => {
    const keyv = new Keyv({ store: new Keyv5Store(here.get(CacheSpaces)) });
    await keyv.set('alien', { cast: ['Weaver'] });
    (await keyv.get('alien')).cast.push('Hurt');
    expect(await keyv.get('alien')).toEqual({ cast: ['Weaver'] });
  });
});

/** Each another text, and none of them to be taken for another one. */
const ODD = [
  '',
  ' ',
  ':',
  '::',
  'a',
  'a:',
  'a:b',
  ':a',
  'a%3Ab',
  '%',
  '*',
  '?[a]',
  '{a}',
  '}:entry',
  'a\n',
  '\0',
  'é',
  'e\u0301',
  '\u{1f600}',
  '\ud83d',
  '\ude00',
  '__proto__',
  'constructor',
  'sha256=',
  'x'.repeat(300),
  'x'.repeat(301),
  'é'.repeat(64),
  'é'.repeat(65),
  '\u{1f600}'.repeat(100),
  ' '.repeat(10_000),
];

describe('any text', () => {
  it('is a key', async () => {
    const store = storeOf(here, 'odd');
    await store.setMany(ODD.map((key) => ({ key, value: `value of ${key}` })));
    // Those of half a character share a place: the last of them is there.
    const kept = ODD.filter((key) => key !== '\ud83d');
    expect(await storeOf(there, 'odd').getMany(kept)).toEqual(kept.map((key) => `value of ${key}`));
    expect(await store.get('\ud83d')).toBeUndefined();
    const listed: string[] = [];
    for await (const [key, value] of store.iterator()) {
      expect(value).toBe(`value of ${key}`);
      listed.push(key);
    }
    expect(new Set(listed)).toEqual(new Set(kept));
    expect(await store.deleteMany(kept)).toEqual(kept.map(() => true));
    expect(await store.hasMany(ODD)).toEqual(ODD.map(() => false));
  });

  it('is a namespace', async () => {
    const names = ODD.filter((name) => name !== '\ud83d');
    for (const name of names) await storeOf(here, name).set('k', name);
    for (const name of names) {
      const store = storeOf(there, name);
      expect(await store.get('k')).toBe(name);
      const listed: unknown[] = [];
      for await (const entry of store.iterator()) listed.push(entry);
      expect(listed).toEqual([['k', name]]);
      await store.clear();
      expect(await store.get('k')).toBeUndefined();
    }
  });

  it('leads to no digest that stands for another text', async () => {
    const store = storeOf(here, 'digests');
    await store.set('x'.repeat(300), 'long');
    const [entry] = (await redis.keys()).filter((key) => key.endsWith(':entry'));
    const digest = /sha256=[\w-]+/.exec(entry)![0];
    expect(await store.get(digest)).toBeUndefined();
    await store.set(digest, 'short');
    expect(await store.getMany([digest, 'x'.repeat(300)])).toEqual(['short', 'long']);
  });
});

describe('what it costs', () => {
  const FEW = 1200;

  it('a namespace of any size is cleared by one command, and listed without KEYS', async () => {
    const store = storeOf(here, 'large');
    const entries = Array.from({ length: FEW }, (_, index) => ({ key: `k${index}`, value: index }));
    await store.setMany(entries);
    const listed = new Set<string>();
    const list = async () => {
      for await (const [key] of store.iterator()) listed.add(key);
    };
    const listing = await cost(list);
    expect(listed.size).toBe(FEW);
    expect(listing).not.toHaveProperty('keys');
    expect(listing.scan).toBeLessThanOrEqual(Math.ceil((FEW + 50) / 500) + 1);
    // In a script: TIME and SET.
    const clearing = await cost(() => store.clear());
    expect(clearing).toMatchObject({ evalsha: 1, set: 1 });
    expect(Object.keys(clearing)).not.toEqual(expect.arrayContaining(['unlink']));
    expect(Object.keys(clearing)).not.toEqual(expect.arrayContaining(['scan']));
    expect(await storeOf(there, 'large').getMany(entries.map(({ key }) => key))).toEqual(
      entries.map(() => undefined),
    );
  });

  it('every key that it writes has a ttl', async () => {
    const store = storeOf(here, 'bounded');
    await store.setMany([
      { key: 'k', value: 1 },
      { key: 'x'.repeat(300), value: 2 },
    ]);
    await store.delete('k');
    await store.clear();
    await store.get('k');
    for (const key of await redis.keys()) expect(await redis.client.pttl(key)).toBeGreaterThan(0);
  });
});
