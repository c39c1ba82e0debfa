import { TestRedis } from '../support/redis-server.js';
import { TestServer } from '../support/server.js';
import { waitFor } from '../support/wait-for.js';

const PASSWORD = 'redis-Pa55word';

let redis: TestRedis;
let server: TestServer;

beforeAll(async () => {
  redis = await TestRedis.start();
  await redis.client.config('SET', 'requirepass', PASSWORD);
  const REDIS_URL = redis.url.replace('//', `//:${PASSWORD}@`);
  server = await TestServer.start({ REDIS_URL, LOG_LEVEL: 'trace', REDIS_COMMAND_TIMEOUT_MS: '1000' });
  await waitFor(async () => (await server.request('GET', '/health/ready')).body.status === 'ok', {
    what: 'the server to be ready',
    timeoutMs: 10_000,
  });
});

type Entry = Record<string, unknown> & {
  level: number;
  msg?: string;
  err?: { message: string; stack: string };
};

/** What was logged; the greeting at the start is for people. */
const entries = (): Entry[] =>
  server.child.lines.filter(({ text }) => text.startsWith('{')).map(({ text }) => JSON.parse(text) as Entry);

const logged = (requestId: string) =>
  waitFor(() => entries().find((entry) => entry.requestId === requestId && entry.level >= 40), {
    what: `an entry for ${requestId}`,
  });

describe('the log', () => {
  it('is JSON, a line an entry, after a greeting', async () => {
    await server.request('GET', '/health/live');
    await waitFor(() => entries().length > 5, { what: 'some entries' });
    const others = server.child.lines.filter(({ text }) => !text.startsWith('{')).map(({ text }) => text);
    expect(others.filter(Boolean)).toEqual([
      expect.stringContaining('Holdfast listens on'),
      expect.stringContaining('docs'),
      expect.stringContaining('try'),
    ]);
    for (const entry of entries()) {
      expect(entry).toMatchObject({
        level: expect.any(Number),
        time: expect.any(Number),
        pid: server.child.pid,
      });
    }
    expect(server.child.stderr).toBe('');
  });

  it('has the reason of a 500 under the request id, and the client has not', async () => {
    const answer = await server.request('GET', '/v1/probe/fails', { headers: { 'x-request-id': 'req-500' } });
    expect(answer).toMatchObject({ status: 500, body: { code: 'INTERNAL', instance: '/v1/probe/fails' } });
    expect(answer.text).not.toContain('flux');
    expect(answer.headers.get('x-request-id')).toBe('req-500');
    const entry = await logged('req-500');
    expect(entry).toMatchObject({ level: 50, method: 'GET', path: '/v1/probe/fails' });
    expect(entry.err?.message).toBe('the flux capacitor is empty');
    expect(entry.err?.stack).toContain('probe.module');
  });

  it('does not tell of a fault in Redis what the command carried', async () => {
    const headers = { 'x-request-id': 'req-type' };
    await server.request('POST', '/v1/sessions', { body: { userId: 'typed' } });
    const [key] = await redis.client.keys('*sessions*');
    await redis.client.set(key, 'not a hash');
    const data = { note: 'the-patient-has-a-cold' };
    const answer = await server.request('POST', '/v1/sessions', { headers, body: { userId: 'typed', data } });
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain(key);
    expect((await logged('req-type')).err?.message).toContain('WRONGTYPE');
    expect(server.child.stdout.includes('the-patient-has-a-cold')).toBe(false);
    await redis.client.del(key);
  });

  it('never holds a secret, not even at the level trace', async () => {
    const create = { body: { userId: 'ada', cookie: true }, headers: { 'idempotency-key': 'idem-s3cret' } };
    const answer = await server.request('POST', '/v1/sessions', create);
    const token = answer.body.token as string;
    const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0];
    const headers = {
      cookie,
      'session-token': token,
      authorization: 'Bearer ap1-k3y',
      'idempotency-key': 'idem-s3cret',
      'x-request-id': 'req-secrets',
    };
    await server.request('GET', '/v1/probe/fails', { headers });
    await server.request('GET', '/v1/sessions/current', { headers });
    await server.request('GET', '/v1/nowhere?token=qu3ry-s3cret', { headers });
    await server.request('POST', '/v1/sessions', { ...create, body: { userId: 'other' } });
    await server.request('DELETE', '/v1/sessions/current', { headers });
    redis.freeze();
    const unavailable = await server.request('GET', '/v1/sessions/current', {
      headers: { ...headers, 'x-request-id': 'req-503' },
    });
    redis.thaw();
    expect(unavailable.status).toBe(503);
    expect(await logged('req-503')).toMatchObject({ level: 40, code: 'STATE_STORE_UNAVAILABLE' });

    const log = server.child.stdout;
    expect(log).toContain('[redacted]');
    expect(log).toContain('req-secrets');
    const secrets = [
      token,
      token.split('.')[2],
      cookie,
      'ap1-k3y',
      'idem-s3cret',
      'qu3ry-s3cret',
      'hunter2',
      PASSWORD,
    ];
    expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
  });
});
