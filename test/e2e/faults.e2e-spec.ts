import { Redis } from 'ioredis';
import type { TestAnswer } from '../support/http.js';
import { TestRedis } from '../support/redis-server.js';
import { TestServer } from '../support/server.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';

const DEADLINE_MS = 1500;
/** What a slow machine may add to a deadline. */
const SLACK_MS = 2000;

let redis: TestRedis;
let proxy: TcpProxy;
let server: TestServer;

beforeAll(async () => {
  redis = await TestRedis.start();
  proxy = await TcpProxy.start({ target: { host: '127.0.0.1', port: redis.port } });
  server = await TestServer.start({ REDIS_URL: proxy.url, REDIS_COMMAND_TIMEOUT_MS: String(DEADLINE_MS) });
  await redisIsBack();
});

/** Node ends a process that leaves a rejection or an exception unhandled. */
afterEach(() => {
  expect(server.child.exit).toBeUndefined();
  expect(server.child.stderr).toBe('');
});

afterAll(() => proxy.close());

const get = (path: string, headers?: Record<string, string>) => server.request('GET', path, { headers });
const login = (userId: string) => server.request('POST', '/v1/sessions', { body: { userId } });
const current = (token: string) => get('/v1/sessions/current', { 'session-token': token });
const logoutEverywhere = (userId: string) => server.request('DELETE', `/v1/users/${userId}/sessions`);
const sessionsEnded = async (userId: string): Promise<number> =>
  (await logoutEverywhere(userId)).body.revoked;

function redisIsBack(of = server): Promise<unknown> {
  const ready = async () => {
    const { status, body } = await of.request('GET', '/health/ready');
    return status === 200 && body.status === 'ok';
  };
  return waitFor(ready, { what: 'the server to be ready again', timeoutMs: 15_000 });
}

/** Scripts of the sessions that Redis has run: each reads the user's hash once, and nothing else does so meanwhile. */
async function scriptsRun(): Promise<number> {
  const stats = await redis.client.info('commandstats');
  return Number(/cmdstat_hgetall:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

const sessionKeys = async () => (await redis.keys()).length;

function expectUnavailable(answer: TestAnswer): void {
  expect(answer.status).toBe(503);
  expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(answer.headers.get('retry-after')).toBe('1');
  expect(answer.body).toEqual({
    type: 'urn:holdfast:problem:state-store-unavailable',
    title: 'The state store is not available',
    status: 503,
    detail: expect.stringContaining('Try again'),
    instance: expect.stringMatching(/^\/v1\//),
    code: 'STATE_STORE_UNAVAILABLE',
  });
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; tookMs: number }> {
  const startedAt = performance.now();
  const result = await work();
  return { result, tookMs: performance.now() - startedAt };
}

interface Outage {
  readonly begin: () => void | Promise<void>;
  readonly end: () => void | Promise<void>;
}

const outages: Record<string, Outage> = {
  'is frozen': { begin: () => redis.freeze(), end: () => redis.thaw() },
  'is killed and started again': {
    begin: () => redis.kill(),
    end: async () => void (redis = await redis.restart()),
  },
  'refuses connections': { begin: () => proxy.drop(), end: () => proxy.restore() },
  'is behind a network that swallows everything': { begin: () => proxy.stall(), end: () => proxy.resume() },
};

describe.each(Object.entries(outages))('while Redis %s', (_name, { begin, end }) => {
  let answers: TestAnswer[];
  let tookMs: number;
  let loaded: number;

  beforeAll(async () => {
    const { token } = (await login('ada')).body;
    loaded = (await get('/v1/probe/cached/outage')).body.load;
    await begin();
    const attempts = await timed(() => Promise.all([login('bob'), current(token), logoutEverywhere('bob')]));
    ({ result: answers, tookMs } = attempts);
  });

  it('sessions are refused within the deadline', () => {
    answers.forEach(expectUnavailable);
    expect(tookMs).toBeLessThan(DEADLINE_MS + SLACK_MS);
  });

  it('limited routes are let through', async () => {
    expect(await get('/v1/probe/limited')).toMatchObject({ status: 200, body: { ok: true } });
  });

  it('cached routes answer from the loader', async () => {
    const cached = await get('/v1/probe/cached/outage');
    expect(cached.status).toBe(200);
    expect(cached.body.load).toBeGreaterThan(loaded);
    expect(cached.headers.get('cache-status')).toBe('holdfast; fwd=bypass');
  });

  it('the server is alive, started, and degraded', async () => {
    expect(await get('/health/live')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await get('/health/startup')).toMatchObject({ status: 200, body: { status: 'ok' } });
    const ready = await get('/health/ready');
    expect(ready).toMatchObject({ status: 200, body: { status: 'degraded' } });
    expect(ready.body.details.redis.status).toBe('degraded');
  });

  it('afterwards all is well again', async () => {
    await end();
    await redisIsBack();
    const { status, body } = await login('carol');
    expect(status).toBe(201);
    expect((await current(body.token)).status).toBe(200);
    // A busy machine may look like a Redis that is away for a moment.
    const isHit = async () => {
      const { headers } = await get('/v1/probe/cached/afterwards');
      return headers.get('cache-status')?.includes('holdfast; hit');
    };
    await waitFor(isHit, { what: 'a hit of the cache' });
    expect((await logoutEverywhere('carol')).body).toEqual({ revoked: 1 });
  });
});

describe('a Redis that is absent when the server starts', () => {
  let late: TestServer;
  const status = async (path: string) => (await late.request('GET', path)).status;

  beforeAll(async () => {
    proxy.drop();
    late = await TestServer.start({ REDIS_URL: proxy.url, READINESS_REQUIRES_REDIS: 'true' });
  });

  afterAll(() => late.child.stop());

  it('does not keep it from listening', async () => {
    expect(await status('/health/live')).toBe(200);
    expect(await status('/health/startup')).toBe(503);
    const ready = await late.request('GET', '/health/ready');
    expect(ready).toMatchObject({ status: 503, body: { code: 'NOT_READY' } });
    expect(ready.headers.get('retry-after')).toBe('1');
    expect(ready.body.checks.details.startup.status).toBe('down');
    expectUnavailable(await late.request('POST', '/v1/sessions', { body: { userId: 'early' } }));
    expect(await status('/v1/probe/limited')).toBe(200);
  });

  it('is used as soon as it is there', async () => {
    await proxy.restore();
    await Promise.all([redisIsBack(late), redisIsBack()]);
    expect(await status('/health/startup')).toBe(200);
    expect((await late.request('POST', '/v1/sessions', { body: { userId: 'early' } })).status).toBe(201);
    expect(await sessionsEnded('early')).toBe(1);
  });

  it('takes the server out of the balance when it goes again, where READINESS_REQUIRES_REDIS says so', async () => {
    proxy.drop();
    const ready = await late.request('GET', '/health/ready');
    expect(ready).toMatchObject({ status: 503, body: { code: 'NOT_READY' } });
    expect(ready.body.checks.details).toMatchObject({ startup: { status: 'up' }, redis: { status: 'down' } });
    expect(await status('/health/live')).toBe(200);
    expect(await status('/health/startup')).toBe(200);
    await proxy.restore();
    await Promise.all([redisIsBack(late), redisIsBack()]);
  });
});

describe('what failed', () => {
  afterEach(async () => {
    redis.thaw();
    await proxy.heal();
    await redisIsBack();
  });

  it('is not carried out later when Redis was not connected', async () => {
    const [keys, scripts] = [await sessionKeys(), await scriptsRun()];
    proxy.drop();
    const names = Array.from({ length: 10 }, (_, i) => `gone-${i}`);
    const answers = await Promise.all(names.flatMap((name) => [login(name), logoutEverywhere(name)]));
    answers.forEach(expectUnavailable);
    await proxy.restore();
    await redisIsBack();
    expect([await sessionKeys(), await scriptsRun()]).toEqual([keys, scripts]);
  });

  it('is not sent again when its reply was lost: it happened once', async () => {
    const scripts = await scriptsRun();
    const lost = proxy.loseNextReply({ containing: /:sessions:/ });
    expectUnavailable(await login('lost'));
    expect((await lost)?.reply.length).toBeGreaterThan(0);
    await redisIsBack();
    expect(await scriptsRun()).toBe(scripts + 1);
    expect(await sessionsEnded('lost')).toBe(1);
  });

  it('is not sent again when a frozen Redis thaws, and the late ones never reach it', async () => {
    const scripts = await scriptsRun();
    redis.freeze();
    const inFlight = await Promise.all(Array.from({ length: 5 }, () => login('frozen')));
    inFlight.forEach(expectUnavailable);
    const late = await Promise.all(Array.from({ length: 5 }, () => login('late')));
    late.forEach(expectUnavailable);
    redis.thaw();
    await redisIsBack();
    expect(await scriptsRun()).toBeLessThanOrEqual(scripts + inFlight.length);
    expect(await sessionsEnded('frozen')).toBeLessThanOrEqual(inFlight.length);
    expect(await sessionsEnded('late')).toBe(0);
  });

  it('fails fast once Redis was silent for a deadline: a frozen one is not asked again and again', async () => {
    redis.freeze();
    expectUnavailable(await login('first'));
    const later = await timed(async () => {
      for (let i = 0; i < 40; i++) expectUnavailable(await login(`later-${i}`));
    });
    expect(later.tookMs).toBeLessThan((40 * DEADLINE_MS) / 2);
  });
});

describe('under load', () => {
  const clients = 8;

  /**
   * Eight clients in a closed loop while something is done to Redis again and again. A client that is refused
   * waits until the server is ready, as Retry-After asks.
   */
  async function load(rounds: number, disturb: () => Promise<unknown>): Promise<TestAnswer[]> {
    const answers: TestAnswer[] = [];
    const client = async (token: string, name: string) => {
      for (let round = 0; round < rounds; round++) {
        const step = [
          () => login(name),
          () => current(token),
          () => get('/v1/probe/limited'),
          () => get(`/v1/probe/cached/${round % 3}`),
        ][round % 4];
        const answer = await step();
        answers.push(answer);
        if (answer.status === 503) await redisIsBack();
      }
    };
    const names = Array.from({ length: clients }, (_, i) => `load-${i}`);
    const tokens = (await Promise.all(names.map(login))).map(({ body }) => body.token as string);
    let over = false;
    const disturbing = (async () => {
      while (!over) await disturb();
    })();
    await Promise.all(tokens.map((token, i) => client(token, names[i]))).finally(() => (over = true));
    await disturbing;
    return answers;
  }

  it('loses no request when the server forgets its scripts again and again', async () => {
    let flushes = 0;
    const answers = await load(40, async () => {
      await redis.client.script('FLUSH');
      flushes += 1;
    });
    expect(flushes).toBeGreaterThan(100);
    expect(answers).toHaveLength(40 * clients);
    expect(answers.filter(({ status }) => status >= 400).map(({ text }) => text)).toEqual([]);
  });

  it('loses only what is in flight when its connection is killed, and goes on', async () => {
    const admin = new Redis(redis.port);
    let kills = 0;
    const answers = await load(60, async () => {
      await redisIsBack();
      const list = (await admin.client('LIST')) as string;
      const id = /^id=(\d+) .* name=holdfast:commands:\S+ /m.exec(list)?.[1];
      if (id && (await admin.client('KILL', 'ID', id)) === 1) kills += 1;
    });
    await admin.quit();
    const refused = answers.filter(({ status }) => status >= 400);
    expect(kills).toBeGreaterThan(3);
    refused.forEach(expectUnavailable);
    expect(refused.length).toBeLessThanOrEqual(kills * clients);
    expect(answers).toHaveLength(60 * clients);
  });
});
