import { Controller, Get, Module, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Cached, CacheService } from '../../src/cache/index.js';
import { CurrentSession, RequireSession, type Session, SessionsService } from '../../src/sessions/index.js';
import { appWithout, TestApp } from '../support/app.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

const ttlMs = 60_000;
let loads = 0;

@Controller('v1/own')
class OwnController {
  @Get('profile')
  @RequireSession()
  @Cached({ key: 'profile', ttlMs, scope: 'session', vary: ['accept-language'], tags: ['profiles'] })
  profile(
    @CurrentSession() { id, userId }: Session,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): object {
    reply.header('X-Session', id);
    return { userId, load: (loads += 1) };
  }

  @Get('private')
  @RequireSession()
  @Cached({ key: 'private', ttlMs, scope: 'session' })
  private(@CurrentSession() { userId }: Session, @Res({ passthrough: true }) reply: FastifyReply): object {
    reply.header('Cache-Control', 'private, max-age=5');
    return { userId, load: (loads += 1) };
  }

  @Get('open')
  @Cached({ key: 'open', ttlMs, scope: 'session' })
  open(): object {
    return { load: (loads += 1) };
  }
}

@Module({
  imports: [appWithout('PostgresModule', 'CatalogModule', 'RateLimitModule')],
  controllers: [OwnController],
})
class OwnApp {}

let redis: TestRedis;
let a: TestApp;
let b: TestApp;
let sessions: SessionsService;

beforeAll(async () => {
  redis = await TestRedis.start();
  [a, b] = await Promise.all([1, 2].map(() => TestApp.start({ REDIS_URL: redis.url }, OwnApp)));
  sessions = a.get(SessionsService);
});

beforeEach(async () => {
  await redis.client.flushall();
  loads = 0;
});

const login = (userId: string) => sessions.create({ userId });
const get = (
  app: TestApp,
  token: string | undefined,
  path = 'profile',
  headers: Record<string, string> = {},
) =>
  app.request('GET', `/v1/own/${path}`, {
    headers: { ...headers, ...(token === undefined ? {} : { 'session-token': token }) },
  });
const entries = () => redis.client.keys('*:cache:*:entry');

describe('an entry of a session', () => {
  it('is for that session, on every replica', async () => {
    const [ada, other, bob] = [await login('ada'), await login('ada'), await login('bob')];
    const first = await get(a, ada.token);
    expect(first.headers.get('cache-status')).toBe('holdfast; fwd=miss; stored');
    expect(first.headers.get('cache-control')).toBe('private, no-cache');
    const again = await get(b, ada.token);
    expect([again.body, again.headers.get('x-session')]).toEqual([
      { userId: 'ada', load: 1 },
      ada.session.id,
    ]);
    expect(again.headers.get('cache-groups')).toBeNull();
    const etag = again.headers.get('etag') ?? '';
    expect((await get(b, ada.token, 'profile', { 'if-none-match': etag })).status).toBe(304);
    expect((await get(b, other.token)).body.load).toBe(2);
    expect((await get(a, bob.token)).body).toEqual({ userId: 'bob', load: 3 });
    expect((await get(a, ada.token, 'profile', { 'accept-language': 'de' })).body.load).toBe(4);
    expect(await entries()).toHaveLength(4);
  });

  it('stays when the session gets another token', async () => {
    const { token } = await login('ada');
    await get(a, token);
    const rotated = await sessions.rotate(token);
    expect((await get(b, rotated.token)).body.load).toBe(1);
  });

  it('may be private, and keeps what its handler says', async () => {
    const { token } = await login('ada');
    await get(a, token, 'private');
    const { body, headers } = await get(b, token, 'private');
    expect([body.load, headers.get('cache-control')]).toEqual([1, 'private, max-age=5']);
  });

  it('dies with the session: nobody can reach it, and it is not valid any more', async () => {
    const [ada, bob] = [await login('ada'), await login('bob')];
    await get(a, ada.token);
    await get(a, bob.token);
    const stamps = () => redis.client.keys('*:cache:*session*:tag');
    expect(await stamps()).toHaveLength(2);
    await sessions.revoke(ada.token);
    expect((await get(b, ada.token)).status).toBe(401);
    await waitFor(async () => (await stamps()).length === 1, { what: 'the stamp of the session to be gone' });
    expect((await get(b, bob.token)).body.load).toBe(2);
  });

  it('is removed with its key and with its tags, for all sessions', async () => {
    const tokens = [(await login('ada')).token, (await login('bob')).token];
    const all = async (app: TestApp) => {
      const answers = await Promise.all(tokens.map((token) => get(app, token)));
      return answers.map(({ body }) => body.load as number).sort();
    };
    expect(await all(a)).toEqual([1, 2]);
    await a.get(CacheService).delete('profile');
    expect(await all(a)).toEqual([3, 4]);
    await a.get(CacheService).invalidate({ tags: ['profiles'] });
    expect(await all(a)).toEqual([5, 6]);
  });

  it('is none without a session', async () => {
    for (const load of [1, 2]) {
      const { body, headers } = await get(a, undefined, 'open');
      expect(body.load).toBe(load);
      expect(headers.get('cache-status')).toBe('holdfast; fwd=bypass; detail=no-session');
      expect(headers.get('cache-control')).toBe('private, no-cache');
    }
    expect(await entries()).toEqual([]);
  });
});
