import { Keyv } from 'keyv';
import { Keyv as Keyv6 } from 'keyv-6';
import { CacheSpaces, Keyv5Store, Keyv6Store } from '../../src/cache/index.js';
import { TestApp } from '../support/app.js';
import { cacheApp } from '../support/cache-replicas.js';
import { TestCluster } from '../support/redis-topologies.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

const ROOT = cacheApp();

describe('while Redis is away', () => {
  let redis: TestRedis;
  let spaces: CacheSpaces;

  beforeAll(async () => {
    redis = await TestRedis.start();
    const settings = { REDIS_URL: redis.url, REDIS_COMMAND_TIMEOUT_MS: '1000' };
    spaces = (await TestApp.start(settings, ROOT)).get(CacheSpaces);
    const store = new Keyv6Store(spaces);
    await waitFor(() => store.set('probe', 1), { what: 'Redis to be there' });
  });

  it.each([
    { contract: 'Keyv 5', open: () => new Keyv5Store(spaces), deletedMany: false },
    { contract: 'Keyv 6', open: () => new Keyv6Store(spaces), deletedMany: [false, false] },
  ])('reads of $contract are misses, and what was changed is gone when it is back', async (each) => {
    const store = each.open();
    await store.setMany(['set', 'expired', 'deleted'].map((key) => ({ key, value: 'old' })));
    redis.freeze();
    try {
      expect(await store.set('set', 'new')).toBe(false);
      expect(await store.setMany([{ key: 'a', value: 1 }])).toEqual([false]);
      expect(await store.delete('deleted')).toBe(false);
      expect(await store.deleteMany(['deleted', 'a'])).toEqual(each.deletedMany);
      expect(await store.get('never read')).toBeUndefined();
      expect(await store.getMany(['never read', 'a'])).toEqual([undefined, undefined]);
      expect(await store.has('never read')).toBe(false);
      expect(await store.hasMany(['never read'])).toEqual([false]);
      await expect(store.iterator().next()).rejects.toMatchObject({ code: 'STATE_STORE_UNAVAILABLE' });
      await store.disconnect();
    } finally {
      redis.thaw();
    }
    const isBack = () => store.set('probe', 1);
    await waitFor(isBack, { what: 'Redis to be back' });
    const isGone = async () => !(await store.hasMany(['set', 'deleted'])).includes(true);
    await waitFor(isGone, { what: 'what was changed to be gone' });
    await waitFor(async () => (await store.get('expired')) === 'old', { what: 'the rest to be there' });
  });

  it('a namespace that could not be cleared is empty when it is back', async () => {
    const store = new Keyv6Store(spaces);
    store.namespace = 'cleared';
    await store.set('k', 'old');
    redis.freeze();
    await store.clear();
    redis.thaw();
    await waitFor(() => store.set('probe', 1), { what: 'Redis to be back' });
    await waitFor(async () => !(await store.has('k')), { what: 'the namespace to be empty' });
  });

  it('no Keyv fails its caller', async () => {
    const keyvs: Pick<Keyv6, 'get' | 'set' | 'has' | 'delete' | 'clear'>[] = [
      new Keyv6({ store: new Keyv6Store(spaces) }),
      new Keyv({ store: new Keyv5Store(spaces) }) as never,
    ];
    for (const keyv of keyvs) await keyv.set('k', 'old');
    redis.freeze();
    try {
      for (const keyv of keyvs) {
        expect(await keyv.set('k', 'new')).toBe(false);
        expect(await keyv.get('another')).toBeUndefined();
        expect(await keyv.has('another')).toBe(false);
        expect(await keyv.delete('another')).toBe(false);
        expect(await keyv.clear()).toBeUndefined();
      }
    } finally {
      redis.thaw();
    }
  });
});

describe('in a Cluster', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start();
  });
  afterAll(() => cluster?.stop());

  it('a namespace lies on all nodes, and is listed, cleared and deleted from as one', async () => {
    const apps = await Promise.all([0, 1].map(() => TestApp.start({ REDIS_URL: cluster.url }, ROOT)));
    for (const app of apps) {
      const ready = async () => (await app.request('GET', '/health/ready')).body.status === 'ok';
      await waitFor(ready, { what: 'the app to be ready', timeoutMs: 20_000 });
    }
    const [one, other] = apps.map((app) => new Keyv6Store(app.get(CacheSpaces)));
    const keys = Array.from({ length: 30 }, (_, index) => `k${index}`);
    await one.setMany(keys.map((key) => ({ key, value: `value of ${key}` })));
    expect(await other.getMany(keys)).toEqual(keys.map((key) => `value of ${key}`));
    const listed: string[] = [];
    for await (const [key] of other.iterator()) listed.push(key);
    expect(listed.sort()).toEqual(keys.toSorted());
    expect(await other.deleteMany([keys[0], 'none'])).toEqual([true, false]);
    await other.clear();
    const isEmpty = async () => !(await one.hasMany(keys)).includes(true);
    await waitFor(isEmpty, { what: 'the other replica to see it' });
    expect(await one.deleteMany(keys)).toEqual(keys.map(() => false));
  });
});
