import { CacheService } from '../../src/cache/index.js';
import { StreamsService } from '../../src/events/index.js';
import { RateLimitService } from '../../src/rate-limit/index.js';
import { SessionsService } from '../../src/sessions/index.js';
import { appWithout, TestApp } from '../support/app.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

let redis: TestRedis;
let app: TestApp;

const root = appWithout('CatalogModule');

beforeAll(async () => {
  redis = await TestRedis.start();
  app = await TestApp.start({ REDIS_URL: redis.url, OWN_EVENTS: 'true' }, root);
});

beforeEach(() => redis.client.flushall());

/** What has been told, as soon as it is so many. */
async function told(count: number, of = app): Promise<{ type: string; data: unknown }[]> {
  const items = await waitFor(
    async () => {
      const page = await of.get(StreamsService).read('holdfast');
      return page.items.length >= count && page.items;
    },
    { what: `${count} own events` },
  );
  return items.map(({ event: { type, data } }) => ({ type, data }));
}

describe('own events', () => {
  it('tell of sessions that were revoked, by whom one may see, and never with a token', async () => {
    const sessions = app.get(SessionsService);
    const { session, token } = await sessions.create({ userId: 'ada' });
    const other = await sessions.create({ userId: 'ada' });
    await sessions.revoke(token);
    await sessions.revokeById('ada', other.session.id);
    const events = await told(2);
    expect(events).toEqual([
      { type: 'session.revoked', data: { userId: 'ada', sessionId: session.id, reason: 'logout' } },
      { type: 'session.revoked', data: { userId: 'ada', sessionId: other.session.id, reason: 'revoked' } },
    ]);
    expect(JSON.stringify(events)).not.toContain(token);
  });

  it('tell once that a limit is near', async () => {
    const limits = app.get(RateLimitService);
    const policy = { name: 'near', algorithm: 'fixed-window', limit: 10, windowMs: 60_000 } as const;
    for (let n = 0; n < 10; n += 1) await limits.decide([{ policy, key: 'ada' }]);
    await limits.reset(policy, 'ada');
    for (let n = 0; n < 10; n += 1) await limits.decide([{ policy, key: 'ada' }]);
    await limits.decide([{ policy, key: 'bob', cost: 9 }]);
    const data = { policy: 'near', limit: 10, resetMs: expect.any(Number) as number };
    expect(await told(2)).toEqual([
      { type: 'rate-limit.near', data: { ...data, key: 'ada', remaining: 2 } },
      { type: 'rate-limit.near', data: { ...data, key: 'bob', remaining: 1 } },
    ]);
  });

  it('tell of what was invalidated in the cache', async () => {
    const cache = app.get(CacheService);
    await cache.set('a', 1, { ttlMs: 60_000 });
    await cache.invalidate({ keys: ['a', 'b'], tags: ['t'] });
    await cache.invalidate({ prefix: 'p' });
    await cache.delete('c');
    expect(await told(3)).toEqual([
      { type: 'cache.invalidated', data: { keys: ['a', 'b'], tags: ['t'] } },
      { type: 'cache.invalidated', data: { keys: [], tags: [], prefix: 'p' } },
      { type: 'cache.invalidated', data: { keys: ['c'], tags: [] } },
    ]);
  });

  it('are not told where nobody wants them, or nobody publishes', async () => {
    const environment = { REDIS_URL: redis.url };
    const apps = [
      await TestApp.start({ ...environment, OWN_EVENTS: 'false' }, root),
      await TestApp.start(
        { ...environment, OWN_EVENTS: 'true' },
        appWithout('CatalogModule', 'EventsModule'),
      ),
    ];
    for (const each of apps) {
      await each.get(CacheService).invalidate({ keys: ['silent'] });
      await each.get(SessionsService).create({ userId: 'silent' });
      await each.get(SessionsService).revokeAll('silent');
    }
    await app.get(CacheService).invalidate({ keys: ['heard'] });
    expect(await told(1)).toEqual([{ type: 'cache.invalidated', data: { keys: ['heard'], tags: [] } }]);
    await Promise.all(apps.map((each) => each.stop()));
  });
});
