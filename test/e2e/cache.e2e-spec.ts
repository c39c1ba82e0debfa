import { Controller, Get, Module, Param, Put, Query, type Type } from '@nestjs/common';
import * as fc from 'fast-check';
import { Cached, CacheService, InvalidatesCache, NotCacheableError } from '../../src/cache/index.js';
import { appWithout, TestApp } from '../support/app.js';
import { TestRedis } from '../support/redis-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';

const TTL = { ttlMs: 60_000 };

const HIT = expect.stringMatching(/^holdfast; hit; ttl=\d+$/) as unknown;

/** The truth that is cached, shared by both replicas. */
const source = { versions: new Map<string, number>(), loads: 0, failing: false };

@Controller('v1/things')
class ThingsController {
  @Get(':id')
  @Cached({ key: 'thing:{id}', ttlMs: 60_000 })
  read(@Param('id') id: string): object {
    source.loads += 1;
    if (source.failing) throw new Error('the source is away');
    return { id, version: source.versions.get(id) ?? 0 };
  }

  @Put(':id')
  @InvalidatesCache({ keys: ['thing:{id}'] })
  write(@Param('id') id: string): object {
    if (source.failing) throw new Error('the source is away');
    source.versions.set(id, (source.versions.get(id) ?? 0) + 1);
    return { id };
  }

  @Get()
  @Cached({ ttlMs: 60_000 })
  search(@Query() query: object): object {
    source.loads += 1;
    return query;
  }
}

@Module({ imports: [appWithout('PostgresModule', 'CatalogModule')], controllers: [ThingsController] })
class ThingsApp {}

let redis: TestRedis;
let proxy: TcpProxy;
let a: TestApp;
let b: TestApp;
let cache: CacheService;
let other: CacheService;

beforeAll(async () => {
  const [state, own] = await Promise.all([TestRedis.start(), TestRedis.start()]);
  redis = own;
  proxy = await TcpProxy.start({ target: { host: '127.0.0.1', port: redis.port } });
  const start = (cacheUrl: string, timeoutMs: number) =>
    TestApp.start(
      {
        REDIS_URL: state.url,
        CACHE_REDIS_URL: cacheUrl,
        REDIS_COMMAND_TIMEOUT_MS: String(timeoutMs),
        // What one replica changes the other's local tier hears a moment later; here every read asks Redis.
        CACHE_LOCAL_ENTRIES: '0',
      },
      ThingsApp as Type,
    );
  [a, b] = await Promise.all([start(proxy.url, 1500), start(redis.url, 5000)]);
  [cache, other] = [a.get(CacheService), b.get(CacheService)];
});

beforeEach(async () => {
  await redis.client.flushall();
  Object.assign(source, { versions: new Map(), loads: 0, failing: false });
});

afterEach(() => proxy.heal());

afterAll(() => proxy.close());

/** A loader that the test holds up and lets go. */
function gate<T>() {
  let calls = 0;
  const waiting: { open: (value: T) => void; fail: (error: Error) => void }[] = [];
  const load = () => {
    calls += 1;
    return new Promise<T>((open, fail) => waiting.push({ open, fail }));
  };
  const begun = (count = 1) => waitFor(() => calls >= count, { what: `${count} loads to begin` });
  return { load, begun, waiting, calls: () => calls };
}

const fixed = (value: unknown) => () => Promise.resolve(value);

describe('a cached route', () => {
  const status = async (app: TestApp, path: string, headers?: Record<string, string>) => {
    const answer = await app.request('GET', path, { headers });
    expect(answer.status).toBe(200);
    return { cache: answer.headers.get('cache-status'), body: answer.body };
  };

  it('is loaded once for all replicas', async () => {
    const body = { id: '1', version: 0 };
    expect(await status(a, '/v1/things/1')).toEqual({ cache: 'holdfast; fwd=miss; stored', body });
    expect(await status(a, '/v1/things/1')).toEqual({ cache: HIT, body });
    expect(await status(b, '/v1/things/1')).toEqual({ cache: HIT, body });
    expect(source.loads).toBe(1);
  });

  it('is loaded anew on every replica once a write has gone through', async () => {
    await status(a, '/v1/things/1');
    await b.request('PUT', '/v1/things/1');
    expect((await status(a, '/v1/things/1')).body.version).toBe(1);
    expect((await status(b, '/v1/things/1')).cache).toEqual(HIT);
  });

  it('keeps what it has when a write fails, and stores no failure', async () => {
    await status(a, '/v1/things/1');
    source.failing = true;
    expect((await a.request('PUT', '/v1/things/1')).status).toBe(500);
    expect((await status(a, '/v1/things/1')).cache).toEqual(HIT);
    expect((await a.request('GET', '/v1/things/2')).body.code).toBe('INTERNAL');
    source.failing = false;
    expect((await status(b, '/v1/things/2')).cache).toBe('holdfast; fwd=miss; stored');
  });

  it('is not used for requests with credentials', async () => {
    for (const name of ['authorization', 'cookie', 'session-token']) {
      for (let i = 0; i < 2; i++) {
        const { cache: said } = await status(a, '/v1/things/1', { [name]: 'x' });
        expect(said).toBe('holdfast; fwd=bypass; detail=credentials');
      }
    }
    expect(source.loads).toBe(6);
    expect(await redis.keys()).toEqual([]);
  });

  it('knows a query in any order, and another query as another', async () => {
    expect((await status(a, '/v1/things?x=1&y=2')).cache).toContain('miss');
    expect((await status(b, '/v1/things?y=2&x=1')).cache).toContain('hit');
    for (const query of ['?x=1', '?x=1&y=2&y=3', '?x=1%26y=2', '']) {
      expect((await status(a, `/v1/things${query}`)).cache).toContain('miss');
    }
  });

  it('keeps odd ids apart', async () => {
    const ids = ['a', 'a%7D', 'a%2Fb', 'a%252Fb', 'a:entry', '{a}', '*', '%00', '%F0%9F%90%99'];
    for (const id of ids) {
      expect((await status(a, `/v1/things/${id}`)).body.id).toBe(decodeURIComponent(id));
    }
    expect(source.loads).toBe(ids.length);
    expect(await redis.keys()).toHaveLength(ids.length);
  });
});

describe('callers that miss together', () => {
  it('share one load in a process', async () => {
    const { load, begun, waiting, calls } = gate<string>();
    const callers = Array.from({ length: 50 }, () => cache.getOrSet('hot', load, TTL));
    await begun();
    const late = cache.getOrSet('hot', load, TTL);
    waiting[0].open('value');
    expect(new Set(await Promise.all([...callers, late]))).toEqual(new Set(['value']));
    expect(calls()).toBe(1);
    expect(await other.get('hot')).toBe('value');
  });

  it('share one load in two processes', async () => {
    const { load, begun, waiting, calls } = gate<string>();
    const callers = Array.from({ length: 40 }, (_, i) => (i % 2 ? cache : other).getOrSet('hot', load, TTL));
    await begun();
    const late = [cache, other].map((each) => each.getOrSet('hot', load, TTL));
    waiting[0].open('value');
    expect(new Set(await Promise.all([...callers, ...late]))).toEqual(new Set(['value']));
    expect(calls()).toBe(1);
  });

  it('fail together, and the next one loads at once', async () => {
    const { load, begun, waiting } = gate<string>();
    const callers = Array.from({ length: 5 }, () => cache.getOrSet('bad', load, TTL));
    await begun();
    waiting[0].fail(new RangeError('no such thing'));
    for (const caller of callers) await expect(caller).rejects.toThrow(RangeError);
    expect(await redis.keys()).toEqual([]);
    expect(await other.getOrSet('bad', fixed('good'), TTL)).toBe('good');
    expect(await cache.get('bad')).toBe('good');
  });

  it('are told of a value that would not come back as it was, which is not stored', async () => {
    const load = fixed({ at: new URL('http://x') });
    await expect(cache.getOrSet('url', load, TTL)).rejects.toThrow(NotCacheableError);
    expect(await redis.keys()).toEqual([]);
  });
});

describe('a load that began before an invalidation', () => {
  it.each([
    ['of its own process', () => cache],
    ['of another process', () => other],
  ])('is not stored: an invalidation %s', async (_name, invalidator) => {
    const { load, begun, waiting } = gate<string>();
    const early = cache.getOrSet('k', load, TTL);
    await begun();
    await invalidator().invalidate({ keys: ['k'] });
    waiting[0].open('old');
    expect(await early).toBe('old');
    expect(await other.get('k')).toBeUndefined();
    expect(await cache.getOrSet('k', fixed('new'), TTL)).toBe('new');
    expect(await other.get('k')).toBe('new');
  });

  it('is not joined by a caller that came after it', async () => {
    const { load, begun, waiting } = gate<string>();
    const early = cache.getOrSet('k', load, TTL);
    await begun();
    await cache.invalidate({ keys: ['k'] });
    const late = cache.getOrSet('k', load, TTL);
    await begun(2);
    waiting[1].open('new');
    expect(await late).toBe('new');
    waiting[0].open('old');
    expect(await early).toBe('old');
    expect(await cache.get('k')).toBe('new');
  });

  it('does not overwrite a value that was set meanwhile', async () => {
    const { load, begun, waiting } = gate<string>();
    const early = cache.getOrSet('k', load, TTL);
    await begun();
    await other.set('k', 'set', TTL);
    waiting[0].open('loaded');
    expect(await early).toBe('loaded');
    expect(await cache.get('k')).toBe('set');
  });

  it('never makes a stale value, whatever the order of things', async () => {
    const step = fc.record({
      replica: fc.nat(1),
      key: fc.constantFrom('p', 'q'),
      write: fc.boolean(),
      pauseMs: fc.nat(3),
      loadMs: fc.nat(4),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
        const truth = new Map<string, number>();
        /** What every later reader must see at least. */
        const written = new Map<string, number>();
        const stale: string[] = [];
        const read = async (replica: CacheService, key: string, loadMs: number) => {
          const least = written.get(key) ?? 0;
          const load = async () => {
            const version = truth.get(key) ?? 0;
            await pause(loadMs);
            return version;
          };
          const seen = await replica.getOrSet(key, load, TTL);
          if (seen < least) stale.push(`${key}: read ${seen} after ${least} was written`);
        };
        const write = async (replica: CacheService, key: string) => {
          const version = (truth.get(key) ?? 0) + 1;
          truth.set(key, version);
          await replica.invalidate({ keys: [key] });
          written.set(key, Math.max(version, written.get(key) ?? 0));
        };
        await redis.client.flushall();
        const running: Promise<void>[] = [];
        for (const { replica, key, write: isWrite, pauseMs, loadMs } of steps) {
          const on = [cache, other][replica];
          running.push(isWrite ? write(on, key) : read(on, key, loadMs));
          await pause(pauseMs);
        }
        await Promise.all(running);
        for (const [key, version] of truth) {
          const kept = await cache.get<number>(key);
          if (kept !== undefined && kept !== version) stale.push(`${key}: kept ${kept}, not ${version}`);
        }
        expect(stale).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});

describe('while the cache’s Redis is away', () => {
  const isBack = () =>
    waitFor(() => cache.set('probe', 1, TTL).then(() => true), {
      what: 'the cache to be back',
      timeoutMs: 10_000,
    });

  it('values come from the loader, and fill the cache again afterwards', async () => {
    proxy.drop();
    expect(await cache.getOrSet('k', fixed('loaded'), TTL)).toBe('loaded');
    await proxy.restore();
    await isBack();
    expect(await cache.getOrSet('k', fixed('again'), TTL)).toBe('again');
    expect(await other.get('k')).toBe('again');
  });

  it('a loaded value is given although it cannot be stored', async () => {
    const { load, begun, waiting } = gate<string>();
    const value = cache.getOrSet('k', load, TTL);
    await begun();
    proxy.drop();
    waiting[0].open('value');
    expect(await value).toBe('value');
    await proxy.restore();
    await isBack();
  });

  it('invalidations are made up for before anything is read: the old value does not return', async () => {
    const keys = Array.from({ length: 20 }, (_, i) => `key-${i}`);
    for (const key of keys) await cache.set(key, 'old', TTL);
    proxy.drop();
    await cache.invalidate({ keys });
    await proxy.restore();
    const seen = new Set<unknown>();
    const readAll = async () => {
      for (const key of keys) seen.add(await cache.getOrSet(key, fixed('new'), TTL));
      return (await Promise.all(keys.map((key) => other.get(key)))).every((value) => value === 'new');
    };
    await waitFor(readAll, { what: 'the cache to be filled again', timeoutMs: 10_000 });
    expect(seen).toEqual(new Set(['new']));
  });

  it('an invalidation whose reply was lost is made up for as well', async () => {
    await cache.set('k', 'old', TTL);
    const lost = proxy.loseNextReply({ containing: /unlink/i });
    await cache.invalidate({ keys: ['k'] });
    expect((await lost)?.reply.length).toBeGreaterThan(0);
    await isBack();
    expect(await other.get('k')).toBeUndefined();
  });
});

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
