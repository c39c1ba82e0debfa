import { LocksService } from '../../src/locks/index.js';
import { TestApp } from '../support/app.js';
import { codeOf, locksWith, queued } from '../support/locks.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

describe('an exclusive lock', () => {
  let redis: TestRedis;
  let here: LocksService;
  let there: LocksService;

  beforeAll(async () => {
    redis = await TestRedis.start();
    const root = locksWith();
    here = (await TestApp.start({ REDIS_URL: redis.url }, root)).get(LocksService);
    there = (await TestApp.start({ REDIS_URL: redis.url }, root)).get(LocksService);
  });

  afterEach(async () => expect(await redis.client.dbsize()).toBe(0));

  it('is held by one, and free again when that gives it back', async () => {
    const lease = await here.acquire('a', { ttlMs: 10_000 });
    expect(lease.remainingMs).toBeGreaterThan(0);
    expect(await there.tryAcquire('a', { ttlMs: 10_000 })).toBeNull();
    expect(await here.tryAcquire('a', { ttlMs: 10_000 })).toBeNull();
    expect(await codeOf(there.acquire('a', { ttlMs: 10_000 }))).toBe('LOCK_NOT_ACQUIRED');
    expect(await lease.release()).toBe(true);
    expect(await lease.release()).toBe(false);
    expect(() => lease.assertHeld()).toThrow('is over');
    const next = await there.acquire('a', { ttlMs: 10_000 });
    expect(next.fencingToken).toBeGreaterThan(lease.fencingToken);
    await next.release();
  });

  it('tells by when another has it that it is taken', async () => {
    const lease = await here.acquire('a', { ttlMs: 5000 });
    const error = await there.acquire('a', { ttlMs: 5000 }).catch((each: unknown) => each);
    expect(error).toMatchObject({ status: 423, retryAfterMs: expect.any(Number) });
    expect((error as { retryAfterMs: number }).retryAfterMs).toBeLessThanOrEqual(5000);
    expect((error as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(0);
    await lease.release();
  });

  it('is handed over to a waiter of another process, and of the same', async () => {
    for (const waiters of [there, here]) {
      const lease = await here.acquire('b', { ttlMs: 30_000 });
      const waiting = waiters.acquire('b', { ttlMs: 30_000, waitMs: 30_000 });
      if (waiters === there) await queued(redis, 'b', 1);
      await lease.release();
      const next = await waiting;
      // The whole ttl, and not what it was handed over with.
      expect(next.remainingMs).toBeGreaterThan(20_000);
      expect(next.fencingToken).toBeGreaterThan(lease.fencingToken);
      await next.release();
    }
  });

  it('has one entry a process in the queue, however many wait there', async () => {
    const lease = await here.acquire('c', { ttlMs: 30_000 });
    const waiting = Array.from({ length: 10 }, () => there.acquire('c', { ttlMs: 30_000, waitMs: 30_000 }));
    await queued(redis, 'c', 1);
    await lease.release();
    for (const each of waiting) await (await each).release();
  });

  it('goes to the next when its holder lets it expire', async () => {
    const lease = await here.acquire('d', { ttlMs: 300 });
    const next = await there.acquire('d', { ttlMs: 10_000, waitMs: 10_000 });
    // The holder knew before: by its own clock, and earlier than Redis.
    expect(lease.signal.aborted).toBe(true);
    expect(() => lease.assertHeld()).toThrow();
    expect(await lease.release()).toBe(false);
    next.assertHeld();
    await next.release();
  });

  it('is refused after the wait, and leaves nothing', async () => {
    const lease = await here.acquire('e', { ttlMs: 30_000 });
    const startedAt = performance.now();
    expect(await codeOf(there.acquire('e', { ttlMs: 1000, waitMs: 50 }))).toBe('LOCK_NOT_ACQUIRED');
    expect(await codeOf(here.acquire('e', { ttlMs: 1000, waitMs: 50 }))).toBe('LOCK_NOT_ACQUIRED');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(99);
    expect(await redis.keys()).toEqual(['holdfast:default:locks:{e}:lock']);
    await lease.release();
  });

  it('is no longer waited for by who aborts, whose place goes to the next of its process', async () => {
    const lease = await here.acquire('f', { ttlMs: 30_000 });
    const aborting = new AbortController();
    const gone = there.acquire('f', { ttlMs: 1000, waitMs: 30_000, signal: aborting.signal });
    const stays = there.acquire('f', { ttlMs: 1000, waitMs: 30_000 });
    await queued(redis, 'f', 1);
    aborting.abort(new Error('enough'));
    expect(await codeOf(gone)).toBe('enough');
    await queued(redis, 'f', 1);
    await lease.release();
    await (await stays).release();
    expect(await codeOf(there.acquire('f', { ttlMs: 1000, waitMs: 10, signal: aborting.signal }))).toBe(
      'enough',
    );
  });

  it('that is granted to who gives up in the same moment is held, and not dropped behind its back', async () => {
    const lease = await here.acquire('k', { ttlMs: 30_000 });
    const startedAt = performance.now();
    const waiting = here.acquire('k', { ttlMs: 30_000, waitMs: 50 });
    // The release that grants it has left, and is answered after the wait is over.
    redis.freeze();
    const released = lease.release();
    await waitFor(() => performance.now() > startedAt + 100, { what: 'the wait to be over' });
    redis.thaw();
    expect(await released).toBe(true);
    const next = await waiting;
    expect(await there.tryAcquire('k', { ttlMs: 10_000 })).toBeNull();
    expect(await next.release()).toBe(true);
  });

  it('is extended, never made shorter, and not when it is over', async () => {
    const lease = await here.acquire('g', { ttlMs: 1000 });
    await lease.extend(60_000);
    expect(lease.remainingMs).toBeGreaterThan(50_000);
    await lease.extend(50);
    expect(lease.remainingMs).toBeGreaterThan(50_000);
    expect(await redis.client.pttl('holdfast:default:locks:{g}:lock')).toBeGreaterThan(50_000);
    await redis.client.flushall();
    expect(await codeOf(lease.extend())).toBe('LOCK_NOT_OWNED');
    expect(lease.signal.aborted).toBe(true);
    expect(lease.remainingMs).toBe(0);
  });

  it('is found again by the id of a request whose reply was lost', async () => {
    const requestId = 'a-request-of-mine';
    const first = await here.acquire('h', { ttlMs: 10_000, requestId });
    const again = await there.acquire('h', { ttlMs: 10_000, requestId });
    expect(again.fencingToken).toBe(first.fencingToken);
    expect(await again.release()).toBe(true);
    expect(await first.release()).toBe(false);
  });

  it('is had by those who wait after a FLUSHALL, which Redis does not tell of', async () => {
    const lease = await here.acquire('i', { ttlMs: 60_000 });
    const waiting = there.acquire('i', { ttlMs: 60_000, waitMs: 60_000 });
    await queued(redis, 'i', 1);
    await redis.client.flushall();
    // Redis knows nobody any more: whoever stood in the queue asks again within two seconds.
    const next = await waiting;
    expect(next.fencingToken).toBeGreaterThan(lease.fencingToken);
    expect(await lease.release()).toBe(false);
    await next.release();
  });

  it('never has a token that is lower than the one before', async () => {
    let last = 0n;
    for (let turn = 0; turn < 200; turn += 1) {
      if (turn % 10 === 0) await redis.client.flushall();
      const lease = await (turn % 2 ? here : there).acquire('j', { ttlMs: 10_000 });
      expect(lease.fencingToken).toBeGreaterThan(last);
      last = lease.fencingToken;
      await lease.release();
    }
  });
});
