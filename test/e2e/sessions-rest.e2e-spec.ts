import { TestApp } from '../support/app.js';
import { TestRedis } from '../support/redis-server.js';
import { startReplicas } from '../support/sessions.js';

const SHAPE = [
  'absoluteExpiresAt',
  'createdAt',
  'data',
  'device',
  'expiresAt',
  'id',
  'lastSeenAt',
  'roles',
  'userId',
];

describe('the sessions of a user over HTTP, on two replicas', () => {
  let redis: TestRedis;
  let a: TestApp;
  let b: TestApp;

  beforeAll(async () => {
    redis = await TestRedis.start();
    [a, b] = await startReplicas(redis, 2, { SESSION_ROTATION_GRACE_MS: '60000' });
  });

  beforeEach(() => redis.client.flushall());

  async function login(body: object = {}): Promise<{ token: string; id: string }> {
    const answer = await a.request('POST', '/v1/sessions', { body: { userId: 'ada', ...body } });
    expect(answer.status).toBe(201);
    return { token: answer.body.token, id: answer.body.session.id };
  }

  const call = (app: TestApp, method: string, path: string, token: string, body?: object) =>
    app.request(method, `/v1/sessions/current${path}`, { headers: { 'session-token': token }, body });
  const current = (app: TestApp, token: string) => call(app, 'GET', '', token);
  const patch = (app: TestApp, token: string, body: object) => call(app, 'PATCH', '', token, body);

  it('have one shape in every answer, and a token in none but those that make one', async () => {
    const { token } = await login({ roles: ['a'], device: { name: 'phone', ip: '::1' } });
    const rotated = await call(b, 'POST', '/rotate', token);
    const listed = await b.request('GET', '/v1/users/ada/sessions');
    const [read, patched] = [await current(b, token), await patch(a, token, {})];
    const sessions = [rotated, read, patched].map(({ body }) => body.session);
    for (const session of [...sessions, ...listed.body.items]) {
      expect(Object.keys(session).sort()).toEqual(SHAPE);
      expect(session).toMatchObject({ userId: 'ada', roles: ['a'], device: { name: 'phone', ip: '::1' } });
    }
    const secrets = [token, rotated.body.token as string].map((each) => each.split('.')[2]);
    for (const { text } of [listed, read, patched]) {
      for (const secret of secrets) expect(text).not.toContain(secret);
    }
    for (const { headers } of [rotated, read, patched, listed]) {
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });

  it('are changed field by field, and seen by the other replica', async () => {
    const { token } = await login({ data: { cart: [1], theme: 'dark', gone: true } });
    const answer = await patch(b, token, { set: { cart: [1, 2], 'a.b-c': { d: null } }, unset: ['gone'] });
    expect(answer.status).toBe(200);
    const data = { cart: [1, 2], theme: 'dark', 'a.b-c': { d: null } };
    expect(answer.body.session.data).toEqual(data);
    expect((await current(a, token)).body.session.data).toEqual(data);
  });

  it.each([
    ['sets a reserved name', '{"set":{"__proto__":{"a":1}}}'],
    ['sets constructor', { set: { constructor: 1 } }],
    ['unsets a reserved name', { unset: ['prototype'] }],
    ['sets a name that cannot be one', { set: { 'a"b': 1 } }],
    ['sets what is no object', { set: [1] }],
    ['unsets what is no list', { unset: 'a' }],
    ['increments', { increment: { a: 1 } }],
  ])('are not changed by a patch that %s: 400', async (_what, body) => {
    const { token } = await login({ data: { a: 1 } });
    const headers = { 'session-token': token, 'content-type': 'application/json' };
    const answer = await a.request('PATCH', '/v1/sessions/current', { headers, body });
    expect(answer.status).toBe(400);
    expect((await current(a, token)).body.session.data).toEqual({ a: 1 });
  });

  it('have at most 64 kB of data, to the byte, over all fields: 413', async () => {
    const { token } = await login({ data: { a: 'x'.repeat(40_000) } });
    const left = 65_536 - 'a'.length - 40_002 - 'b'.length - '""'.length;
    const refused = await patch(a, token, { set: { b: 'x'.repeat(left + 1), c: 1 } });
    expect(refused).toMatchObject({ status: 413, body: { code: 'SESSION_TOO_LARGE' } });
    expect(Object.keys((await current(a, token)).body.session.data)).toEqual(['a']);
    expect((await patch(a, token, { set: { b: 'x'.repeat(left) } })).status).toBe(200);
    const many = Object.fromEntries(Array.from({ length: 128 }, (_, n) => [`f${n}`, n]));
    expect((await patch(a, token, { unset: ['a'], set: many })).body.code).toBe('SESSION_TOO_LARGE');
    expect((await patch(a, token, { unset: ['a', 'b'] })).status).toBe(200);
    expect((await patch(a, token, { set: many })).status).toBe(200);
    expect((await patch(a, token, { set: { more: 1 } })).status).toBe(413);
  });

  it('are rotated: both tokens work for the grace, and the old one cannot be rotated again', async () => {
    const { token, id } = await login();
    const answer = await call(b, 'POST', '/rotate', token);
    expect(answer.status).toBe(200);
    expect(answer.body.session.id).toBe(id);
    for (const each of [token, answer.body.token]) expect((await current(a, each)).status).toBe(200);
    const again = await call(a, 'POST', '/rotate', token);
    expect(again).toMatchObject({ status: 409, body: { code: 'SESSION_ALREADY_ROTATED' } });
    expect((await current(a, answer.body.token)).status).toBe(200);
  });

  it('are listed with their devices, and ended one by one, all but one, or all', async () => {
    const phone = await login({ device: { name: 'phone' } });
    const others = [await login(), await login({ device: { userAgent: 'x'.repeat(512) } })];
    const list = async () => (await b.request('GET', '/v1/users/ada/sessions')).body.items;
    const ids = async () => (await list()).map(({ id }: { id: string }) => id).sort();
    expect(await ids()).toEqual([phone, ...others].map(({ id }) => id).sort());
    expect((await list()).map((each: { device: object }) => each.device)).toContainEqual({ name: 'phone' });

    const end = (path: string) => b.request('DELETE', `/v1/users/ada/sessions${path}`);
    expect((await end(`/${others[0].id}`)).status).toBe(204);
    expect((await current(a, others[0].token)).status).toBe(401);
    expect(await end(`/${others[0].id}`)).toMatchObject({ status: 404, body: { code: 'SESSION_NOT_FOUND' } });
    expect((await b.request('DELETE', `/v1/users/bob/sessions/${phone.id}`)).status).toBe(404);
    await login();
    expect((await end(`?exceptSessionId=${phone.id}`)).body).toEqual({ revoked: 2 });
    expect(await ids()).toEqual([phone.id]);
    expect((await end('')).body).toEqual({ revoked: 1 });
    expect(await list()).toEqual([]);
  });

  it('are renewed by a login that brings the old token, which then opens nothing', async () => {
    const { token, id } = await login();
    const headers = { 'session-token': token };
    const answer = await a.request('POST', '/v1/sessions', { body: { userId: 'ada' }, headers });
    expect(answer.body.session.id).not.toBe(id);
    expect((await current(b, token)).status).toBe(401);
    expect((await current(b, answer.body.token)).status).toBe(200);
  });

  it('are refused beyond a cap that refuses, and make room under one that does not', async () => {
    const start = (policy: string) =>
      startReplicas(redis, 1, { SESSION_MAX_PER_USER: '1', SESSION_MAX_PER_USER_POLICY: policy });
    const [[refusing], [evicting]] = [await start('refuse'), await start('evict-oldest')];
    const first = await login();
    const post = (app: TestApp) => app.request('POST', '/v1/sessions', { body: { userId: 'ada' } });
    expect(await post(refusing)).toMatchObject({ status: 409, body: { code: 'SESSION_LIMIT_REACHED' } });
    expect((await current(a, first.token)).status).toBe(200);
    expect((await post(evicting)).status).toBe(201);
    expect((await current(a, first.token)).status).toBe(401);
  });
});
