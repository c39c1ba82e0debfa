import type { Type } from '@nestjs/common';
import { appWithout, TestApp } from '../support/app.js';
import { TestRedis } from '../support/redis-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';

const DEADLINE_MS = 1000;

let redis: TestRedis;
let proxy: TcpProxy;
let a: TestApp;
let b: TestApp;

beforeAll(async () => {
  redis = await TestRedis.start();
  proxy = await TcpProxy.start({ target: { host: '127.0.0.1', port: redis.port } });
  const root = appWithout('PostgresModule', 'CatalogModule') as Type;
  const settings = { REDIS_COMMAND_TIMEOUT_MS: String(DEADLINE_MS) };
  [a, b] = await Promise.all([
    TestApp.start({ ...settings, REDIS_URL: proxy.url }, root),
    TestApp.start({ ...settings, REDIS_URL: redis.url }, root),
  ]);
});

beforeEach(() => redis.client.flushall());

afterEach(() => proxy.heal());

afterAll(() => proxy.close());

const post = (app: TestApp, key: string, body: object = { userId: 'ada' }, path = '/v1/sessions') =>
  app.request('POST', path, { body, headers: { 'idempotency-key': key } });
const sessionsOf = async (userId: string): Promise<number> =>
  (await b.request('DELETE', `/v1/users/${userId}/sessions`)).body.revoked;
describe('an idempotency key', () => {
  it('makes one session of many requests at once, on two replicas', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => post(i % 2 ? a : b, 'many')));
    const created = answers.filter(({ status }) => status === 201);
    const waiting = answers.filter(({ status }) => status !== 201);
    expect(created.filter(({ headers }) => !headers.has('idempotency-replayed'))).toHaveLength(1);
    expect(new Set(created.map(({ text }) => text)).size).toBe(1);
    for (const { status, body, headers } of waiting) {
      expect({ status, code: body.code }).toEqual({ status: 409, code: 'IDEMPOTENCY_IN_PROGRESS' });
      expect(headers.get('retry-after')).toBe('1');
    }
    const again = await post(a, 'many');
    expect(again.text).toBe(created[0].text);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await sessionsOf('ada')).toBe(1);
  });

  it('belongs to its request: another body is refused, and changes nothing', async () => {
    await post(a, 'own', { userId: 'ada' });
    const other = await post(b, 'own', { userId: 'eve' });
    expect(other).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    expect((await post(b, 'own', { userId: 'ada' }, '/v1/sessions?x=1')).status).toBe(422);
    expect([await sessionsOf('ada'), await sessionsOf('eve')]).toEqual([1, 0]);
  });

  it('is free again after a request that was refused', async () => {
    expect((await post(a, 'free', { userId: '' })).status).toBe(400);
    expect(await redis.client.dbsize()).toBe(0);
    expect((await post(b, 'free')).status).toBe(201);
  });

  it('protects nothing when Redis is away: the request is refused before it has done anything', async () => {
    proxy.drop();
    expect((await post(a, 'away')).body.code).toBe('STATE_STORE_UNAVAILABLE');
    await proxy.restore();
    expect(await redis.client.dbsize()).toBe(0);
    const first = await waitFor(
      async () => {
        const answer = await post(a, 'away');
        return answer.status === 201 && answer;
      },
      { what: 'Redis to be used again' },
    );
    expect(first.headers.has('idempotency-replayed')).toBe(false);
    expect(await sessionsOf('ada')).toBe(1);
  });

  it('is not claimed twice when the reply to the claim is lost', async () => {
    await post(a, 'warm-up');
    await redis.client.flushdb();
    const lost = proxy.loseNextReply({ containing: /:idempotency:/ });
    expect((await post(a, 'lost')).status).toBe(503);
    expect((await lost)?.reply.length).toBeGreaterThan(0);
    expect((await post(b, 'lost')).body.code).toBe('IDEMPOTENCY_IN_PROGRESS');
    expect(await sessionsOf('ada')).toBe(0);
  });
});
