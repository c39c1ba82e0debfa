import { setImmediate as nextTurn } from 'node:timers/promises';
import { Controller, Get, Module } from '@nestjs/common';
import { Cached, CacheModule, CacheService } from '../../src/cache/index.js';
import { HttpModule, IdParam } from '../../src/http/index.js';
import { ObservabilityModule } from '../../src/observability/index.js';
import { RedisModule } from '../../src/redis/index.js';
import { RequireSession, SessionsModule, SessionsService } from '../../src/sessions/index.js';
import { TestApp } from '../support/app.js';
import { TestRedis } from '../support/redis-server.js';

let loads = 0;

@Controller('guarded')
class GuardedController {
  @Get(':id')
  @RequireSession()
  @Cached({ key: 'guarded:{id}', ttlMs: 60_000, scope: 'public' })
  read(@IdParam('id') id: string) {
    return { id, load: (loads += 1) };
  }
}

@Module({
  imports: [HttpModule, RedisModule, ObservabilityModule, SessionsModule, CacheModule],
  controllers: [GuardedController],
})
class GuardedModule {}

describe('a cached route behind a guard', () => {
  let app: TestApp;
  let redis: TestRedis;
  let token: string;

  beforeAll(async () => {
    redis = await TestRedis.start();
    app = await TestApp.start({ REDIS_URL: redis.url }, GuardedModule);
    token = (await app.get(SessionsService).create({ userId: 'ada' })).token;
  });

  const read = (id: string, headers: Record<string, string> = { 'session-token': token }) =>
    app.request('GET', `/guarded/${id}`, { headers });

  it('lets a request that is refused neither load nor hold the lease', async () => {
    const before = loads;
    expect((await read('refused', {})).status).toBe(401);
    expect(await redis.client.keys('*refused*')).toEqual([]);
    expect(loads).toBe(before);
    expect((await read('refused')).headers.get('cache-status')).toBe('holdfast; fwd=miss; stored');
    expect((await read('refused')).headers.get('cache-status')).toContain('holdfast; hit');
    expect(loads).toBe(before + 1);
  });

  it('refuses a request without a session although the answer is cached', async () => {
    await read('warm');
    expect((await read('warm', {})).body.code).toBe('SESSION_INVALID');
  });

  it('loads once for many requests that miss together', async () => {
    const before = loads;
    const answers = await Promise.all(Array.from({ length: 50 }, () => read('together')));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(loads).toBe(before + 1);
  });

  it('loads once for those who miss one after the other, until the value is stored', async () => {
    const cache = app.get(CacheService);
    for (let turns = 0; turns < 200; turns += 1) {
      let count = 0;
      const load = () => Promise.resolve((count += 1));
      const first = cache.getOrSet(`turn-${turns}`, load, { ttlMs: 60_000 });
      // Another distance between the two each time: one of them lies between the load and its storing.
      for (let turn = 0; turn < turns % 20; turn += 1) await nextTurn();
      const second = cache.getOrSet(`turn-${turns}`, load, { ttlMs: 60_000 });
      expect([await first, await second, count]).toEqual([1, 1, 1]);
    }
  });

  it('keeps a load that began before an invalidation from storing what it read', async () => {
    const cache = app.get(CacheService);
    let release: (value: string) => void = () => undefined;
    const old = new Promise<string>((resolve) => (release = resolve));
    let started: () => void = () => undefined;
    const loading = new Promise<void>((resolve) => (started = resolve));
    const first = cache.getOrSet('fenced', () => (started(), old), { ttlMs: 60_000 });
    await loading;
    await cache.invalidate({ keys: ['fenced'] });
    const second = cache.getOrSet('fenced', () => Promise.resolve('new'), { ttlMs: 60_000 });
    expect(await second).toBe('new');
    release('old');
    expect(await first).toBe('old');
    expect(await cache.get('fenced')).toBe('new');
  });
});
