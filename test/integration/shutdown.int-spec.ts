import { connect, type Socket } from 'node:net';
import { TestRedis } from '../support/redis-server.js';
import { TestServer } from '../support/server.js';
import { waitFor } from '../support/wait-for.js';

const TIMEOUT_MS = 4000;
/** What a slow machine may add. */
const SLACK_MS = 2000;

let redis: TestRedis;
let servers: Record<'patient' | 'hasty' | 'lonely', TestServer>;

beforeAll(async () => {
  redis = await TestRedis.start();
  const [patient, hasty, lonely] = await Promise.all([start(), start(1000), start()]);
  servers = { patient, hasty, lonely };
});

const start = async (timeoutMs = TIMEOUT_MS) => {
  const server = await TestServer.start({ REDIS_URL: redis.url, SHUTDOWN_TIMEOUT_MS: String(timeoutMs) });
  await waitFor(async () => (await server.request('GET', '/health/ready')).body.status === 'ok', {
    what: 'the server to be ready',
    timeoutMs: 10_000,
  });
  return server;
};

/** A connection that stays open after its answer, as a proxy keeps one. */
async function idleConnection(server: TestServer): Promise<{ socket: Socket; closed: Promise<void> }> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  const closed = new Promise<void>((done) => socket.once('close', () => done()));
  let answer = '';
  socket.on('data', (chunk) => (answer += String(chunk)));
  socket.write('GET /health/live HTTP/1.1\r\nHost: test\r\n\r\n');
  await waitFor(() => answer.includes('"ok"'), { what: 'the answer' });
  return { socket, closed };
}

/** Reads an event stream to its end; rejects when it is cut off. */
async function eventStream(server: TestServer, path: string): Promise<{ ended: Promise<string> }> {
  const response = await fetch(`${server.url}${path}`);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  return { ended: response.text() };
}

/** The server's connections to Redis, which are named after its process. */
const ownConnections = async ({ child }: TestServer) =>
  ((await redis.client.client('LIST')) as string)
    .split('\n')
    .filter((line) => new RegExp(` name=holdfast:\\S+:${child.pid} `).test(line));

describe('SIGTERM', () => {
  it('ends the process when all that was in flight is done, and nothing is cut off', async () => {
    const server = servers.patient;
    const [idle, ticks, silence] = await Promise.all([
      idleConnection(server),
      eventStream(server, '/v1/probe/ticks'),
      eventStream(server, '/v1/probe/silence'),
    ]);
    const slow = server.request('GET', '/v1/probe/slow?ms=1500');
    await server.child.waitForLine(/slow for 1500 ms/);
    // One for commands, one for pub/sub, one for the changes of keys.
    expect(await ownConnections(server)).toHaveLength(3);

    const startedAt = performance.now();
    server.child.kill('SIGTERM');
    await idle.closed;
    // A client may send on a connection at the very moment at which it is closed as idle: it tries again.
    const get = (path: string) =>
      waitFor(() => server.request('GET', path), { what: `an answer to ${path}` });
    const ready = await get('/health/ready');
    expect(ready).toMatchObject({ status: 503, body: { code: 'NOT_READY' } });
    expect(ready.body.checks.details.traffic.status).toBe('down');
    expect((await get('/health/live')).status).toBe(200);
    const late = await eventStream(server, '/v1/probe/ticks');

    for (const events of [await ticks.ended, await late.ended]) {
      expect(events).toMatch(/^\n(?:id: \d+\ndata: \d+\n\n)*$/);
    }
    expect((await silence.ended).trim()).toBe('');
    const answer = await slow;
    expect(answer).toMatchObject({ status: 200, body: { ok: true } });
    expect(answer.headers.get('connection')).toBe('close');
    expect(await server.child.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS + SLACK_MS);
    expect(server.child.stderr).toBe('');
    expect(await ownConnections(server)).toEqual([]);
  });

  it('cuts a request that never ends, and still leaves in time', async () => {
    const server = servers.hasty;
    const endless = server.request('GET', '/v1/probe/endless').catch((error: Error) => error);
    await server.child.waitForLine(/"msg":"endless"/);
    const startedAt = performance.now();
    server.child.kill('SIGTERM');
    expect(await server.child.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - startedAt).toBeLessThan(1000 + SLACK_MS);
    expect(await endless).toMatchObject({ message: 'fetch failed' });
    expect(server.child.stdout).toContain('1 requests did not finish in time and were cut');
    expect(await ownConnections(server)).toEqual([]);
  });

  it('is obeyed although Redis is frozen', async () => {
    const server = servers.lonely;
    redis.freeze();
    const startedAt = performance.now();
    server.child.kill('SIGINT');
    const exit = await server.child.exited;
    const tookMs = performance.now() - startedAt;
    redis.thaw();
    expect(exit).toEqual({ code: 0, signal: null });
    expect(tookMs).toBeLessThan(TIMEOUT_MS);
  });
});
