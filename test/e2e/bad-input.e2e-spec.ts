import { connect } from 'node:net';
import { Module, type Type } from '@nestjs/common';
import * as fc from 'fast-check';
import { appWithout, TestApp } from '../support/app.js';
import { ProbeModule } from '../support/fixtures/probe.module.js';
import type { TestAnswer } from '../support/http.js';
import { TestRedis } from '../support/redis-server.js';

@Module({ imports: [appWithout('PostgresModule', 'CatalogModule'), ProbeModule] })
class ProbedApp {}

const JSON_TYPE = { 'content-type': 'application/json' };

let redis: TestRedis;
let app: TestApp;

beforeAll(async () => {
  redis = await TestRedis.start();
  app = await TestApp.start({ REDIS_URL: redis.url }, ProbedApp as Type);
});

beforeEach(() => redis.client.flushall());

const post = (body: unknown, headers: Record<string, string> = {}) =>
  app.request('POST', '/v1/sessions', { body, headers });
const postText = (text: string) => post(text, JSON_TYPE);
const revokeAll = (encodedUser: string) => app.request('DELETE', `/v1/users/${encodedUser}/sessions`);
const current = (headers: Record<string, string>) => app.request('GET', '/v1/sessions/current', { headers });
const login = async (userId = 'ada') => (await post({ userId })).body.token as string;

/** A problem with all documented members, and nothing stored. */
async function expectRefused(answer: TestAnswer, status: number, code: string): Promise<void> {
  expect({ status: answer.status, body: answer.body }).toEqual({
    status,
    body: expect.objectContaining({
      type: expect.stringMatching(/^urn:holdfast:problem:/),
      title: expect.stringMatching(/./),
      status,
      detail: expect.stringMatching(/./),
      instance: expect.stringMatching(/^\/v1\//),
      code,
    }),
  });
  expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(answer.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.text).not.toMatch(/node_modules|\.ts:\d|at \w+ \(/);
  expect(await redis.keys()).toEqual([]);
}

/** Bytes as no HTTP client would send them; the answer until the server hangs up. */
function sendRaw(text: string): Promise<{ status: number; head: string; body: string }> {
  return new Promise((done, fail) => {
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => (answer += String(chunk)));
    socket.on('error', fail);
    socket.on('close', () => {
      const [head, body = ''] = answer.split('\r\n\r\n', 2);
      done({ status: Number(head.split(' ')[1]), head, body });
    });
    socket.write(text);
  });
}

describe('a body', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

  it.each([
    ['that is cut off', '{"userId":'],
    ['that is empty', ''],
    ['with __proto__', '{"userId":"ada","__proto__":{"admin":true}}'],
    ['with __proto__ deep inside', '{"userId":"ada","data":{"a":[{"__proto__":{"admin":true}}]}}'],
    ['with constructor.prototype', '{"userId":"ada","data":{"constructor":{"prototype":{"admin":true}}}}'],
  ])('%s is malformed', async (_name, text) => {
    await expectRefused(await postText(text), 400, 'BAD_REQUEST');
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
  });

  it.each([
    ['null', 'null'],
    ['a text', '"ada"'],
    ['a list', '[{"userId":"ada"}]'],
    ['without the user', '{}'],
    ['with a number as user', '{"userId":42}'],
    ['with an object as user', '{"userId":{"$ne":null}}'],
    ['with an empty user', '{"userId":""}'],
    ['with a user of 257 bytes', JSON.stringify({ userId: 'é'.repeat(128) + 'x' })],
    ['with half a surrogate pair as user', String.raw`{"userId":"a\ud800b"}`],
    ['with an unknown property', '{"userId":"ada","isAdmin":true}'],
    ['with an unknown property inside', '{"userId":"ada","device":{"name":"phone","root":true}}'],
    ['with roles that are no list', '{"userId":"ada","roles":"admin"}'],
    ['with a role that is no text', '{"userId":"ada","roles":[1]}'],
    ['with data that is a list', '{"userId":"ada","data":[1]}'],
    ['with a data field that no script could name', '{"userId":"ada","data":{"a b":1}}'],
    ['with a fractional timeout', '{"userId":"ada","idleTtlMs":1000.5}'],
    ['with a timeout as text', '{"userId":"ada","idleTtlMs":"1000"}'],
    ['with an infinite timeout', '{"userId":"ada","idleTtlMs":1e400}'],
    ['with a negative timeout', '{"userId":"ada","idleTtlMs":-1}'],
    ['with an address that is none', '{"userId":"ada","device":{"ip":"1.2.3.4.5"}}'],
    ['nested 33 deep in its data', `{"userId":"ada","data":{"d":${nested(33)}}}`],
    ['nested 500 deep', `{"userId":"ada","data":{"d":${nested(500)}}}`],
    ['nested 200000 deep', `{"userId":"ada","data":{"d":${nested(200_000)}}}`],
  ])('%s is not valid', async (_name, text) => {
    const answer = await postText(text);
    await expectRefused(answer, 400, 'VALIDATION_FAILED');
    expect(answer.body.errors).toEqual(
      expect.arrayContaining([{ path: expect.stringMatching(/./), message: expect.stringMatching(/./) }]),
    );
  });

  it('names each fault by its path', async () => {
    const { body } = await post({ userId: '', roles: [''], device: { name: 7 } });
    expect(body.errors.map(({ path }: { path: string }) => path)).toEqual(['userId', 'roles', 'device.name']);
  });

  it('of 2 MB is too large', async () => {
    await expectRefused(await postText(`"${'x'.repeat(2_000_000)}"`), 413, 'BODY_TOO_LARGE');
  });

  it('with 65 kB of data is too large for a session, to the byte', async () => {
    const data = (bytes: number) => ({ userId: 'ada', data: { a: 'x'.repeat(bytes) } });
    await expectRefused(await post(data(66_000)), 413, 'SESSION_TOO_LARGE');
    const most = 65_536 - 'a'.length - '""'.length;
    await expectRefused(await post(data(most + 1)), 413, 'SESSION_TOO_LARGE');
    expect((await post(data(most))).status).toBe(201);
  });

  it.each([
    'application/xml',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'nonsense',
  ])('of type %s is not supported: browsers send some of them to any site without asking', async (type) => {
    const answer = await post('userId=ada', { 'content-type': type });
    await expectRefused(answer, 415, 'UNSUPPORTED_MEDIA_TYPE');
  });
});

describe('an id', () => {
  const odd = ['a:b{c}*\n', 'a/b', 'a%2Fb', '☃👩‍🚀', 'a\u0000b', '*', '[a-z]?', ' ', '}:user', 'x'.repeat(256)];

  it('may hold any character, reaches its own key and no other', async () => {
    for (const userId of odd) expect((await post({ userId })).status).toBe(201);
    const keys = await redis.keys();
    expect(keys).toHaveLength(odd.length);
    for (const key of keys) expect(key).toMatch(/^holdfast:default:sessions:\{[\w-]+\}:user$/);
    for (const userId of odd) {
      expect((await revokeAll(encodeURIComponent(userId))).body).toEqual({ revoked: 1 });
    }
    expect(await redis.keys()).toEqual([]);
  });

  it('comes back as it was sent', async () => {
    for (const userId of odd) {
      const { body } = await current({ 'session-token': await login(userId) });
      expect(body.session.userId).toBe(userId);
    }
  });

  it('of 10 kB in the path is not valid', async () => {
    for (const id of ['x'.repeat(10_000), '%41'.repeat(4_000)]) {
      await expectRefused(await revokeAll(id), 400, 'VALIDATION_FAILED');
    }
  });

  it.each(['%zz', '%', '%E0%A4%A', '%ff', '%ed%a0%80'])('of %s in the path is malformed', async (id) => {
    await expectRefused(await revokeAll(id), 400, 'BAD_REQUEST');
  });
});

describe('a session token', () => {
  it.each([
    ['forged', (token: string) => `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`],
    ['truncated', (token: string) => token.slice(0, -1)],
    ['quoted', (token: string) => `"${token}"`],
    ['another’s id with one’s own secret', (token: string) => token.replace(/\..*\./, `.${'A'.repeat(22)}.`)],
    ['empty', () => ''],
    ['with odd bytes', () => '\u00ff\u00fe'],
  ])('that is %s is no session, in the cookie or the header', async (_name, change) => {
    const token = await login();
    const [key] = await redis.keys();
    const before = await redis.client.dump(key);
    const bad = change(token);
    for (const [name, value] of [
      ['cookie', `__Host-session=${bad}`],
      ['session-token', bad],
    ]) {
      const answer = await current({ [name]: value });
      expect(answer).toMatchObject({ status: 401, body: { code: 'SESSION_INVALID' } });
      expect(answer.text).not.toContain(token.slice(-10));
    }
    expect(await redis.client.dump(key)).toEqual(before);
  });

  it('counts once: the first cookie of the name, and the header before any cookie', async () => {
    const [token, other] = [await login('ada'), await login('bob')];
    const cookie = `a=1; __Host-session=${token}; __Host-session=${other}; b=2`;
    expect((await current({ cookie })).body.session.userId).toBe('ada');
    expect((await current({ cookie, 'session-token': other })).body.session.userId).toBe('bob');
    expect((await current({ cookie, 'session-token': 'x' })).status).toBe(401);
  });

  it('sent twice as a header is no session', async () => {
    const token = await login();
    const port = new URL(app.url).port;
    const { status } = await sendRaw(
      `GET /v1/sessions/current HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nSession-Token: ${token}\r\nSession-Token: ${token}\r\nConnection: close\r\n\r\n`,
    );
    expect(status).toBe(401);
  });
});

describe('a header', () => {
  it.each([
    ['too long', 'x'.repeat(256)],
    ['with a space', 'a b'],
    ['empty', ''],
    ['not ASCII', 'caf\u00e9'],
  ])('Idempotency-Key that is %s is not valid', async (_name, key) => {
    await expectRefused(await post({ userId: 'ada' }, { 'idempotency-key': key }), 400, 'VALIDATION_FAILED');
  });

  it.each(['a b', 'x'.repeat(129), '"><script>', 'caf\u00e9', ''])(
    'X-Request-Id of %j is replaced',
    async (given) => {
      const { headers } = await app.request('GET', '/health/live', { headers: { 'x-request-id': given } });
      expect(headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
    },
  );

  it('X-Request-Id that is well formed is echoed, also with an error', async () => {
    for (const path of ['/health/live', '/v1/nowhere', '/v1/users/%zz/sessions']) {
      const { headers } = await app.request('GET', path, { headers: { 'x-request-id': 'trace-1:a.b/c=@+' } });
      expect(headers.get('x-request-id')).toBe('trace-1:a.b/c=@+');
    }
  });
});

describe('a request', () => {
  it('for a path that is none, or with a method that the path does not have, finds nothing', async () => {
    await expectRefused(await app.request('GET', '/v1/nowhere?token=secret'), 404, 'NOT_FOUND');
    await expectRefused(await app.request('PUT', '/v1/sessions', { body: {} }), 404, 'NOT_FOUND');
    await expectRefused(await app.request('DELETE', '/v1/sessions'), 404, 'NOT_FOUND');
    await expectRefused(
      await app.request('POST', '/v1/sessions/', { body: { userId: 'a' } }),
      404,
      'NOT_FOUND',
    );
  });

  it('for a path in which an id is empty is told so', async () => {
    for (const path of ['/v1/users//sessions', '/v1/cache/']) {
      const answer = await app.request('GET', path);
      await expectRefused(answer, 400, 'VALIDATION_FAILED');
      expect(answer.body.errors).toEqual([{ path: 'path', message: 'must not have an empty id' }]);
    }
  });

  it.each([
    ['with a URL over 16 kB', `GET /v1/${'x'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 431],
    [
      'with header fields over 16 kB',
      `GET /v1/ HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
    ],
    ['that is no HTTP', '\u0016\u0003\u0001 hello\r\n\r\n', 400],
    ['with a header that is none', 'GET / HTTP/1.1\r\nHost: a\r\nX Y: 1\r\n\r\n', 400],
    ['with a line break in a header', 'GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: a\r\n b\r\n\r\n', 400],
    [
      'that can be read in two ways',
      'POST /v1/sessions HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
  ])('%s is refused by a problem before it is one', async (_name, text, status) => {
    const { head, body, ...answer } = await sendRaw(text);
    expect(answer.status).toBe(status);
    expect(head).toContain('content-type: application/problem+json');
    expect(JSON.parse(body)).toEqual({
      type: expect.stringMatching(/^urn:holdfast:problem:/),
      title: expect.stringMatching(/./),
      status,
      detail: expect.stringMatching(/./),
      instance: '',
      code: status === 431 ? 'HEADERS_TOO_LARGE' : 'BAD_REQUEST',
    });
    expect(await redis.keys()).toEqual([]);
  });
});

describe('whatever is posted', () => {
  const almostValid = fc.record(
    {
      userId: fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.anything()),
      roles: fc.oneof(fc.array(fc.string()), fc.anything()),
      data: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.anything()),
      device: fc.oneof(fc.record({ name: fc.string(), ip: fc.ipV6() }, { requiredKeys: [] }), fc.anything()),
      idleTtlMs: fc.oneof(fc.integer(), fc.double(), fc.anything()),
      absoluteTtlMs: fc.oneof(fc.integer(), fc.anything()),
      cookie: fc.oneof(fc.boolean(), fc.anything()),
    },
    { requiredKeys: [] },
  );
  const text = fc.oneof(
    { weight: 4, arbitrary: almostValid.map(toText) },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  );

  it('is created or refused, and never a fault of the server', async () => {
    await fc.assert(
      fc.asyncProperty(text, async (body) => {
        const { status, headers } = await postText(body);
        expect([201, 400, 413]).toContain(status);
        expect(headers.get('content-type')).toMatch(
          status === 201 ? /^application\/json/ : /^application\/problem/,
        );
      }),
      { numRuns: 400 },
    );
  });

  /** What JSON cannot say, such as a BigInt or a circle, is left out. */
  function toText(value: unknown): string {
    try {
      return (
        JSON.stringify(value, (_name, each: unknown) => (typeof each === 'bigint' ? String(each) : each)) ??
        ''
      );
    } catch {
      return '{}';
    }
  }
});
