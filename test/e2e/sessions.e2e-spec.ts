import { appWithout, TestApp } from '../support/app.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

describe('sessions over HTTP, on two replicas', () => {
  let a: TestApp;
  let b: TestApp;
  let redis: TestRedis;

  beforeAll(async () => {
    redis = await TestRedis.start();
    const withoutDatabase = appWithout('PostgresModule', 'CatalogModule');
    const start = () => TestApp.start({ REDIS_URL: redis.url }, withoutDatabase);
    [a, b] = await Promise.all([start(), start()]);
  });

  async function login(body: object = { userId: 'ada' }): Promise<string> {
    const answer = await a.request('POST', '/v1/sessions', { body });
    expect(answer.status).toBe(201);
    return answer.body.token as string;
  }

  const current = (app: TestApp, token: string) =>
    app.request('GET', '/v1/sessions/current', { headers: { 'session-token': token } });

  it('makes a session on one replica that the other knows', async () => {
    const body = {
      userId: 'ada',
      roles: ['editor'],
      data: { cart: [1, 2], theme: 'dark' },
      device: { name: 'phone' },
    };
    const token = await login(body);
    const answer = await current(b, token);
    expect(answer.status).toBe(200);
    expect(answer.body.session).toMatchObject(body);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const { createdAt, expiresAt, absoluteExpiresAt } = answer.body.session;
    expect(Date.parse(expiresAt) - Date.parse(createdAt)).toBe(1_800_000);
    expect(Date.parse(absoluteExpiresAt) - Date.parse(createdAt)).toBe(604_800_000);
  });

  it('ends a session everywhere at its logout', async () => {
    const token = await login();
    const logout = await b.request('DELETE', '/v1/sessions/current', { headers: { 'session-token': token } });
    expect(logout.status).toBe(204);
    for (const app of [a, b]) expect((await current(app, token)).body.code).toBe('SESSION_INVALID');
  });

  it('ends all sessions of a user, and nobody else’s', async () => {
    const tokens = [await login({ userId: 'bob' }), await login({ userId: 'bob' })];
    const other = await login({ userId: 'eve' });
    expect((await b.request('DELETE', '/v1/users/bob/sessions')).body).toEqual({ revoked: 2 });
    for (const token of tokens) expect((await current(a, token)).status).toBe(401);
    expect((await current(a, other)).status).toBe(200);
    expect((await b.request('DELETE', '/v1/users/bob/sessions')).body).toEqual({ revoked: 0 });
  });

  it('gives the same 401 for every token that is not a live session’s', async () => {
    const token = await login();
    const flipped = token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A');
    const bad = [flipped, token.slice(0, -2), `${token}x`, 'x', '', 'a.b.c', 'x'.repeat(10_000)];
    const answers = await Promise.all(bad.map((each) => current(a, each)));
    const bodies = new Set(answers.map(({ text }) => text));
    expect(answers.map(({ status }) => status)).toEqual(bad.map(() => 401));
    expect(bodies.size).toBe(1);
  });

  it('carries a session in a cookie that scripts and other sites cannot read', async () => {
    const answer = await a.request('POST', '/v1/sessions', { body: { userId: 'ada', cookie: true } });
    const cookie = answer.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(
      /^__Host-session=[^;]+; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    const pair = cookie.split(';')[0];
    expect((await b.request('GET', '/v1/sessions/current', { headers: { cookie: pair } })).status).toBe(200);
    const headers = { cookie: pair, 'csrf-token': answer.headers.get('csrf-token') ?? '' };
    const logout = await b.request('DELETE', '/v1/sessions/current', { headers });
    expect(logout.status).toBe(204);
    expect(logout.headers.get('set-cookie')).toContain('Max-Age=0');
  });

  it('replays the first answer for the same Idempotency-Key', async () => {
    const post = (app: TestApp, userId: string) =>
      app.request('POST', '/v1/sessions', {
        body: { userId, cookie: true },
        headers: { 'idempotency-key': 'k-1' },
      });
    const first = await post(a, 'idem');
    const again = await post(b, 'idem');
    expect(again.status).toBe(201);
    expect(again.text).toBe(first.text);
    expect(again.headers.get('set-cookie')).toBe(first.headers.get('set-cookie'));
    expect(again.headers.get('csrf-token')).toBe(first.headers.get('csrf-token'));
    expect(again.headers.get('csrf-token')).toMatch(/^[\w-]{43}$/);
    expect((await post(a, 'other')).body.code).toBe('IDEMPOTENCY_KEY_REUSED');
    expect((await b.request('DELETE', '/v1/users/idem/sessions')).body).toEqual({ revoked: 1 });
  });

  it('keeps no token in Redis, not even in a kept answer', async () => {
    const answer = await a.request('POST', '/v1/sessions', {
      body: { userId: 'dump' },
      headers: { 'idempotency-key': 'k-2' },
    });
    const secret = (answer.body.token as string).split('.')[2];
    const dump: string[] = [];
    for (const key of await redis.keys()) {
      const type = await redis.client.type(key);
      dump.push(key, type);
      if (type === 'hash') dump.push(JSON.stringify(await redis.client.hgetall(key)));
      if (type === 'string') dump.push((await redis.client.get(key)) ?? '');
      if (type === 'zset') dump.push(...(await redis.client.zrange(key, 0, '-1')));
    }
    expect(dump).toEqual(expect.arrayContaining(['hash', 'string']));
    expect(dump.join('\n')).not.toContain(secret);
  });

  it('expires an idle session, and leaves nothing of it', async () => {
    const token = await login({ userId: 'idle', idleTtlMs: 1000 });
    const [key] = await redis.client.keys('*sessions*').then((keys) => byTtl(keys));
    await waitFor(async () => (await redis.client.exists(key)) === 0, { what: 'the session to expire' });
    expect((await current(b, token)).body.code).toBe('SESSION_INVALID');
  });

  it('slides the idle timeout of a session in use once a tenth of it has passed', async () => {
    const token = await login({ userId: 'used', idleTtlMs: 2000 });
    const first = (await current(a, token)).body.session.expiresAt as string;
    const slid = await waitFor(
      async () => {
        const { expiresAt } = (await current(b, token)).body.session;
        return expiresAt > first && (expiresAt as string);
      },
      { what: 'the idle timeout to slide' },
    );
    expect(Date.parse(slid) - Date.parse(first)).toBeGreaterThanOrEqual(200);
  });

  /** The session of one second comes first. */
  async function byTtl(keys: string[]): Promise<string[]> {
    const ttls = await Promise.all(keys.map(async (key) => ({ key, ttl: await redis.client.pttl(key) })));
    return ttls.sort((x, y) => x.ttl - y.ttl).map(({ key }) => key);
  }
});
