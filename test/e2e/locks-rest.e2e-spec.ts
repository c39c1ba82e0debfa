import { TestApp } from '../support/app.js';
import type { TestAnswer } from '../support/http.js';
import { locksWith, queued } from '../support/locks.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

const TTL_MS = 30_000;

let redis: TestRedis;
let a: TestApp;
let b: TestApp;

beforeAll(async () => {
  redis = await TestRedis.start();
  a = await TestApp.start({ REDIS_URL: redis.url }, locksWith());
  b = await TestApp.start({ REDIS_URL: redis.url }, locksWith());
});

const path = (name: string, kind = 'locks') => `/v1/${kind}/${encodeURIComponent(name)}`;
const acquire = (app: TestApp, name: string, body: object = {}, headers?: Record<string, string>) =>
  app.request('POST', `${path(name)}/leases`, { body: { ttlMs: TTL_MS, ...body }, headers });
const permit = (app: TestApp, name: string, body: object = {}) =>
  app.request('POST', `${path(name, 'semaphores')}/leases`, { body: { ttlMs: TTL_MS, permits: 2, ...body } });
const release = (app: TestApp, name: string, leaseId: string, kind = 'locks') =>
  app.request('DELETE', `${path(name, kind)}/leases/${leaseId}`);
const look = (name: string, kind = 'locks') => a.request('GET', path(name, kind));

const expectRefused = ({ status, body }: TestAnswer, code: string, expected = 409): void => {
  expect({ status, code: body.code }).toEqual({ status: expected, code });
};

describe('a lock over HTTP', () => {
  afterEach(async () => expect(await redis.client.dbsize()).toBe(0));

  it('is held by a lease that any replica extends, shows and releases', async () => {
    const name = 'é:{*}\n/?';
    const { status, headers, body: lease } = await acquire(a, name, { owner: 'me' });
    expect(status).toBe(201);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(lease).toEqual({
      leaseId: expect.stringMatching(/^[\w-]{36}$/),
      name,
      mode: 'exclusive',
      fencingToken: expect.stringMatching(/^\d{16}$/),
      ttlMs: TTL_MS,
      expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/),
    });
    const { fencingToken, expiresAt } = lease;
    expect((await look(name)).body).toEqual({
      name,
      held: true,
      holders: [{ owner: 'me', mode: 'exclusive', fencingToken, expiresAt }],
      waiting: 0,
    });
    const body = { ttlMs: 2 * TTL_MS };
    const longer = await b.request('PATCH', `${path(name)}/leases/${lease.leaseId}`, { body });
    expect(longer.status).toBe(200);
    expect(longer.body).toEqual({ ...lease, ttlMs: 2 * TTL_MS, expiresAt: longer.body.expiresAt });
    expect(Date.parse(longer.body.expiresAt) - Date.parse(expiresAt)).toBeGreaterThanOrEqual(TTL_MS);
    expect((await release(b, name, lease.leaseId)).status).toBe(204);
    expect((await look(name)).body).toEqual({ name, held: false, holders: [], waiting: 0 });
  });

  it('is refused while it is taken, with when to ask again', async () => {
    const { body } = await acquire(a, 'taken');
    const refused = await acquire(b, 'taken');
    expectRefused(refused, 'LOCK_NOT_ACQUIRED', 423);
    expect(refused.body.retryAfterMs).toBeGreaterThan(TTL_MS - 10_000);
    expect(Number(refused.headers.get('retry-after'))).toBe(Math.ceil(refused.body.retryAfterMs / 1000));
    await release(a, 'taken', body.leaseId);
  });

  it('is waited for, and had as soon as another replica is told that it is released', async () => {
    const { body: first } = await acquire(a, 'waited');
    const waiting = [acquire(b, 'waited', { waitMs: 9000 }), acquire(a, 'waited', { waitMs: 9000 })];
    await queued(redis, 'waited', 2);
    expect((await look('waited')).body.waiting).toBe(2);
    await release(b, 'waited', first.leaseId);
    const { status, body: second } = await Promise.race(waiting);
    expect(status).toBe(201);
    expect(BigInt(second.fencingToken)).toBeGreaterThan(BigInt(first.fencingToken));
    await release(a, 'waited', second.leaseId);
    const third = (await Promise.all(waiting)).find(({ body }) => body.leaseId !== second.leaseId);
    await release(a, 'waited', third?.body.leaseId);
  });

  it('is not waited for by a client that has closed its connection', async () => {
    const { body: lease } = await acquire(a, 'closed');
    const closing = new AbortController();
    const gone = fetch(`${b.url}${path('closed')}/leases`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ttlMs: TTL_MS, waitMs: 60_000 }),
      signal: closing.signal,
    });
    await queued(redis, 'closed', 1);
    closing.abort();
    await expect(gone).rejects.toThrow();
    await queued(redis, 'closed', 0);
    await release(a, 'closed', lease.leaseId);
  });

  it('stays held when a lease is extended or released that is not its own', async () => {
    const { body: lease } = await acquire(a, 'mine');
    const { body: other } = await acquire(a, 'other');
    for (const id of [other.leaseId, 'never-was-one', '..x', '%00', 'x'.repeat(256)]) {
      const body = { ttlMs: TTL_MS };
      expectRefused(await a.request('PATCH', `${path('mine')}/leases/${id}`, { body }), 'LOCK_NOT_OWNED');
      expectRefused(await release(a, 'mine', id), 'LOCK_NOT_OWNED');
    }
    expect((await look('mine')).body.holders).toHaveLength(1);
    await release(a, 'other', other.leaseId);
    expect((await release(a, 'mine', lease.leaseId)).status).toBe(204);
    expectRefused(await release(a, 'mine', lease.leaseId), 'LOCK_NOT_OWNED');
  });

  it('is shared by readers, and kept from a writer until they are done', async () => {
    const { body: one } = await acquire(a, 'shared', { mode: 'shared' });
    const { body: two } = await acquire(b, 'shared', { mode: 'shared' });
    expect(two.mode).toBe('shared');
    expectRefused(await acquire(b, 'shared'), 'LOCK_NOT_ACQUIRED', 423);
    const writer = acquire(b, 'shared', { waitMs: 9000 });
    await queued(redis, 'shared', 1);
    // A reader that comes now does not overtake the writer.
    expectRefused(await acquire(a, 'shared', { mode: 'shared' }), 'LOCK_NOT_ACQUIRED', 423);
    await release(a, 'shared', one.leaseId);
    await release(a, 'shared', two.leaseId);
    await release(a, 'shared', (await writer).body.leaseId);
  });

  it('ends long polls when the replica shuts down', async () => {
    const c = await TestApp.start({ REDIS_URL: redis.url }, locksWith());
    const { body: lease } = await acquire(a, 'shut');
    const waiting = acquire(c, 'shut', { waitMs: 60_000 });
    await queued(redis, 'shut', 1);
    await c.stop();
    expectRefused(await waiting, 'LOCK_NOT_ACQUIRED', 423);
    expect((await look('shut')).body.waiting).toBe(0);
    await release(a, 'shut', lease.leaseId);
  });
});

describe('a semaphore over HTTP', () => {
  it('has as many leases as permits, and hands one that is released on', async () => {
    const leases = [(await permit(a, 's')).body, (await permit(b, 's')).body];
    expect(leases.map(({ mode }) => mode)).toEqual(['shared', 'shared']);
    expectRefused(await permit(a, 's'), 'LOCK_NOT_ACQUIRED', 423);
    const waiting = permit(b, 's', { waitMs: 9000 });
    await queued(redis, 's', 1, 'semaphore');
    expect((await look('s', 'semaphores')).body).toMatchObject({ held: true, waiting: 1 });
    const body = { ttlMs: TTL_MS };
    const patched = await a.request('PATCH', `${path('s', 'semaphores')}/leases/${leases[1].leaseId}`, {
      body,
    });
    expect(patched.status).toBe(200);
    for (const { leaseId } of leases) {
      expect((await release(a, 's', leaseId, 'semaphores')).status).toBe(204);
      expectRefused(await release(a, 's', leaseId, 'semaphores'), 'LOCK_NOT_OWNED');
    }
    // A lock of the same name is another thing.
    expect((await look('s')).body.held).toBe(false);
    await release(b, 's', (await waiting).body.leaseId, 'semaphores');
    expect(await redis.client.dbsize()).toBe(0);
  });
});

describe('an Idempotency-Key', () => {
  it('gives the same lease again', async () => {
    const headers = { 'idempotency-key': 'once' };
    const first = await acquire(a, 'idempotent', {}, headers);
    const again = await acquire(b, 'idempotent', {}, headers);
    expect(again.status).toBe(201);
    expect(again.body).toEqual(first.body);
    await release(a, 'idempotent', first.body.leaseId);
  });

  it('is free for the next try when the lock was taken', async () => {
    const headers = { 'idempotency-key': 'again' };
    const { body: lease } = await acquire(a, 'tried');
    expectRefused(await acquire(b, 'tried', {}, headers), 'LOCK_NOT_ACQUIRED', 423);
    await release(a, 'tried', lease.leaseId);
    expect((await acquire(b, 'tried', {}, headers)).status).toBe(201);
  });
});

describe('bad input', () => {
  const long = 'x'.repeat(300);

  it.each([
    ['no ttlMs', 'a', { ttlMs: undefined }, 'ttlMs'],
    ['a ttlMs under 50', 'a', { ttlMs: 49 }, 'ttlMs'],
    ['a ttlMs over a day', 'a', { ttlMs: 86_400_001 }, 'ttlMs'],
    ['a ttlMs that is text', 'a', { ttlMs: '1000' }, 'ttlMs'],
    ['a fraction', 'a', { ttlMs: 50.5 }, 'ttlMs'],
    ['a waitMs over a minute', 'a', { waitMs: 60_001 }, 'waitMs'],
    ['a negative waitMs', 'a', { waitMs: -1 }, 'waitMs'],
    ['an empty owner', 'a', { owner: '' }, 'owner'],
    ['an unknown mode', 'a', { mode: 'both' }, 'mode'],
    ['an unknown property', 'a', { fair: true }, 'fair'],
    ['a name of 300 bytes', long, {}, 'name'],
    ['permits of a lock', 'a', { permits: 1 }, 'permits'],
  ])('%s is refused', async (_, name, body, fault) => {
    const answer = await acquire(a, name, body);
    expectRefused(answer, 'VALIDATION_FAILED', 400);
    expect(answer.body.errors.map(({ path }: { path: string }) => path)).toEqual([fault]);
  });

  it.each([
    ['no permits', { permits: undefined }],
    ['0 permits', { permits: 0 }],
    ['half a permit', { permits: 0.5 }],
  ])('%s are refused', async (_, body) => {
    const answer = await permit(a, 'a', body);
    expectRefused(answer, 'VALIDATION_FAILED', 400);
    expect(answer.body.errors.map(({ path }: { path: string }) => path)).toEqual(['permits']);
  });

  it('an empty name, and one of 300 bytes, are refused by every route', async () => {
    for (const kind of ['locks', 'semaphores']) {
      for (const name of ['', long]) {
        const [body, id] = [{ ttlMs: TTL_MS }, 'a-lease-of-mine'];
        const answers = await Promise.all([
          a.request('POST', `/v1/${kind}/${name}/leases`, {
            body: { ...body, ...(kind === 'locks' ? {} : { permits: 1 }) },
          }),
          a.request('PATCH', `/v1/${kind}/${name}/leases/${id}`, { body }),
          a.request('DELETE', `/v1/${kind}/${name}/leases/${id}`),
          a.request('GET', `/v1/${kind}/${name}`),
        ]);
        expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
      }
    }
  });
});

describe('Redis that is away', () => {
  it('is a 503, and when it is back nothing is left', async () => {
    const own = await TestRedis.start();
    const app = await TestApp.start({ REDIS_URL: own.url, REDIS_COMMAND_TIMEOUT_MS: '1000' }, locksWith());
    own.freeze();
    const answers = await Promise.all([
      acquire(app, 'x', { ttlMs: 60_000 }),
      acquire(app, 'x', { ttlMs: 60_000, waitMs: 5000 }),
      permit(app, 'x', { ttlMs: 60_000 }),
      app.request('GET', path('x')),
      release(app, 'x', 'some-lease-of-old'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 503, 503]);
    expect(answers[0].headers.get('retry-after')).toBe('1');
    own.thaw();
    // What Redis had in its socket it has done: it is taken back.
    const isEmpty = async () => (await own.client.dbsize()) === 0;
    await waitFor(isEmpty, { what: 'what is left to be taken back' });
    expect((await acquire(app, 'x')).status).toBe(201);
  });
});
