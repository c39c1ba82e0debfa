import { TestApp } from '../support/app.js';
import { GuardedModule } from '../support/fixtures/guarded.module.js';
import type { TestAnswer } from '../support/http.js';
import { TestRedis } from '../support/redis-server.js';
import { sessionsWith } from '../support/sessions.js';

interface Browser {
  readonly cookie: string;
  readonly csrf: string;
}

const browserOf = ({ headers }: TestAnswer): Browser => ({
  cookie: headers.get('set-cookie')?.split(';')[0] ?? '',
  csrf: headers.get('csrf-token') ?? '',
});

describe('a session in a cookie', () => {
  let redis: TestRedis;
  let app: TestApp;

  const start = (settings: Record<string, string> = {}) =>
    TestApp.start({ REDIS_URL: redis.url, ...settings }, sessionsWith(GuardedModule));

  beforeAll(async () => {
    redis = await TestRedis.start();
    app = await start();
  });

  async function login(of = app): Promise<Browser> {
    const body = { userId: 'ada', cookie: true, data: { a: 1 }, roles: ['owner'] };
    return browserOf(await of.request('POST', '/v1/sessions', { body }));
  }

  const current = ({ cookie }: Browser) =>
    app.request('GET', '/v1/sessions/current', { headers: { cookie } });

  /** Changes that go on where they are allowed, so that each can be tried many times. */
  const CHANGES = [
    ['PATCH', '/v1/sessions/current'],
    ['POST', '/v1/guarded'],
    ['DELETE', '/v1/guarded/everything'],
  ] as const;

  const change = (method: string, path: string, headers: Record<string, string>) =>
    app.request(method, path, { headers, body: method === 'PATCH' ? { set: { a: 2 } } : undefined });

  it('is changed by its own pages, which send its CSRF token', async () => {
    const { cookie, csrf } = await login();
    expect(csrf).toMatch(/^[\w-]{43}$/);
    const { host } = new URL(app.url);
    const origins: Record<string, string>[] = [
      {},
      { 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
      { origin: `http://${host}` },
      // Behind a proxy that ends TLS the scheme is another one.
      { origin: `https://${host}` },
      { 'sec-fetch-site': 'same-origin', origin: 'https://public.example' },
    ];
    for (const origin of origins) {
      for (const [method, path] of CHANGES) {
        const answer = await change(method, path, { cookie, 'csrf-token': csrf, ...origin });
        expect(answer.status).toBeLessThan(300);
      }
    }
  });

  it.each([
    ['without the token', {}],
    ['with an empty token', { 'csrf-token': '' }],
    ['with a token of another session', 'another'],
    ['with a token of which a bit is flipped', 'flipped'],
    ['with the token, from another site', { 'sec-fetch-site': 'cross-site' }],
    ['with the token, from a neighbouring host', { 'sec-fetch-site': 'same-site' }],
    ['with the token, from another origin', { origin: 'https://evil.example' }],
    ['with the token, from an origin that is hidden', { origin: 'null' }],
  ])('is not changed %s: 403', async (_how, extra) => {
    const own = await login();
    const flipped = own.csrf.slice(0, 42) + (own.csrf.endsWith('A') ? 'B' : 'A');
    const tokens: Record<string, string> = { another: (await login()).csrf, flipped };
    const given = typeof extra === 'string' ? { 'csrf-token': tokens[extra] } : extra;
    const proof: Record<string, string> = Object.keys(given).length > 0 ? { 'csrf-token': own.csrf } : {};
    for (const [method, path] of [
      ...CHANGES,
      ['POST', '/v1/sessions/current/rotate'],
      ['DELETE', '/v1/sessions/current'],
    ]) {
      const answer = await change(method, path, { cookie: own.cookie, ...proof, ...given });
      expect(answer).toMatchObject({ status: 403, body: { code: 'CSRF_REJECTED' } });
      expect(answer.headers.get('set-cookie')).toBeNull();
    }
    expect((await current(own)).body.session.data).toEqual({ a: 1 });
  });

  it('is read without proof, and says the token by which its page may change it', async () => {
    const browser = await login();
    const headers = { cookie: browser.cookie, 'sec-fetch-site': 'cross-site' };
    expect((await app.request('GET', '/v1/guarded', { headers })).status).toBe(200);
    expect((await current(browser)).headers.get('csrf-token')).toBe(browser.csrf);
  });

  it('needs no proof when the token comes in the header, which no other site can set', async () => {
    const { cookie } = await login();
    const headers = { 'session-token': cookie.split('=')[1], 'sec-fetch-site': 'cross-site' };
    for (const [method, path] of CHANGES)
      expect((await change(method, path, headers)).status).toBeLessThan(300);
    expect((await app.request('GET', '/v1/sessions/current', { headers })).headers.has('csrf-token')).toBe(
      false,
    );
  });

  it('that is not valid is told so, and not that a proof is missing', async () => {
    const answer = await change('POST', '/v1/guarded', { cookie: '__Host-session=x' });
    expect(answer).toMatchObject({ status: 401, body: { code: 'SESSION_INVALID' } });
  });

  it('gets another cookie and another CSRF token by a rotation; the old pair works for the grace', async () => {
    const old = await login();
    const rotate = ({ cookie, csrf }: Browser) =>
      app.request('POST', '/v1/sessions/current/rotate', { headers: { cookie, 'csrf-token': csrf } });
    const answer = await rotate(old);
    const next = browserOf(answer);
    expect(answer.headers.get('set-cookie')).toMatch(
      /^__Host-session=[^;]+; Max-Age=604\d{3}; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    expect(next.cookie).not.toBe(old.cookie);
    expect(next.csrf).not.toBe(old.csrf);
    const patch = (cookie: string, csrf: string) =>
      change('PATCH', '/v1/sessions/current', { cookie, 'csrf-token': csrf });
    expect((await patch(old.cookie, old.csrf)).status).toBe(200);
    expect((await patch(next.cookie, next.csrf)).status).toBe(200);
    expect((await patch(next.cookie, old.csrf)).status).toBe(403);
    expect((await patch(old.cookie, next.csrf)).status).toBe(403);
  });

  it('is taken back by a logout', async () => {
    const { cookie, csrf } = await login();
    const headers = { cookie, 'csrf-token': csrf };
    const answer = await app.request('DELETE', '/v1/sessions/current', { headers });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('set-cookie')).toMatch(
      /^__Host-session=; Max-Age=0; Path=\/; HttpOnly; Secure/,
    );
    expect((await current({ cookie, csrf })).status).toBe(401);
  });

  it('may have another name and other attributes', async () => {
    const other = await start({
      SESSION_COOKIE_NAME: 'sid',
      SESSION_COOKIE_SAME_SITE: 'lax',
      SESSION_COOKIE_SECURE: 'false',
      SESSION_COOKIE_DOMAIN: 'example.com',
      SESSION_COOKIE_PATH: '/shop',
    });
    const body = { userId: 'ada', cookie: true, absoluteTtlMs: 5_500_000 };
    const answer = await other.request('POST', '/v1/sessions', { body });
    expect(answer.headers.get('set-cookie')).toMatch(
      /^sid=[^;]+; Max-Age=5500; Domain=example.com; Path=\/shop; HttpOnly; SameSite=Lax$/,
    );
    const { cookie } = browserOf(answer);
    const headers = { cookie };
    expect((await other.request('GET', '/v1/sessions/current', { headers })).status).toBe(200);
    expect((await app.request('GET', '/v1/sessions/current', { headers })).status).toBe(401);
  });
});
