import { type Lease, LocksService, SemaphoresService } from '../../src/locks/index.js';
import { TestApp } from '../support/app.js';
import { codeOf, locksWith, queued, queueOf } from '../support/locks.js';
import { TestRedis } from '../support/redis-server.js';

const TTL = { ttlMs: 30_000 };
const WAIT = { ttlMs: 30_000, waitMs: 30_000 };

let redis: TestRedis;
let locks: LocksService[];
let semaphores: SemaphoresService[];

beforeAll(async () => {
  redis = await TestRedis.start();
  const apps = await Promise.all([1, 2, 3].map(() => TestApp.start({ REDIS_URL: redis.url }, locksWith())));
  locks = apps.map((app) => app.get(LocksService));
  semaphores = apps.map((app) => app.get(SemaphoresService));
});

afterEach(async () => expect(await redis.client.dbsize()).toBe(0));

const release = (...leases: Lease[]) => Promise.all(leases.map((lease) => lease.release()));

describe('a shared lock', () => {
  const reader = { ...WAIT, mode: 'shared' } as const;

  it('is held by many readers, each with a token of its own', async () => {
    const readers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => locks[n % 3].acquire('r', { ...TTL, mode: 'shared' })),
    );
    expect(new Set(readers.map(({ fencingToken }) => fencingToken)).size).toBe(30);
    expect(await locks[0].tryAcquire('r', TTL)).toBeNull();
    await release(...readers);
    await release(await locks[0].acquire('r', TTL));
  });

  it('goes to readers and writers in the order in which they came', async () => {
    const order: string[] = [];
    const first = await locks[0].acquire('rw', { ...TTL, mode: 'shared' });
    const run = async (place: number, name: string, options: typeof reader | typeof WAIT) => {
      const lease = await locks[place].acquire('rw', options);
      order.push(name);
      return lease;
    };
    const writer = run(1, 'writer', WAIT);
    await queued(redis, 'rw', 1);
    const late = run(2, 'reader', reader);
    await queued(redis, 'rw', 2);
    // The reader that came after the writer waits for it, although another reader holds the lock.
    expect(order).toEqual([]);
    await first.release();
    await (await writer).release();
    await (await late).release();
    expect(order).toEqual(['writer', 'reader']);
  });

  it('goes to all readers at the head of the queue at once', async () => {
    const writer = await locks[0].acquire('all', TTL);
    const readers = [1, 2].map((place) => locks[place].acquire('all', reader));
    await queued(redis, 'all', 2);
    const second = locks[0].acquire('all', WAIT);
    await writer.release();
    const held = await Promise.all(readers);
    for (const lease of held) lease.assertHeld();
    await release(...held);
    await release(await second);
  });

  it('is free when the one of its leases ends that was not given back', async () => {
    await locks[0].acquire('short', { ttlMs: 100, mode: 'shared' });
    const other = await locks[1].acquire('short', { ttlMs: 30_000, mode: 'shared' });
    const writer = locks[2].acquire('short', WAIT);
    await queued(redis, 'short', 1);
    await other.release();
    await release(await writer);
  });
});

describe('a semaphore', () => {
  it('never has more leases than permits, and gives each that is released to who came first', async () => {
    const permits = 5;
    let held = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, (held += 1));
      await redis.client.ping();
      held -= 1;
    };
    await Promise.all(
      Array.from({ length: 200 }, (_, n) => semaphores[n % 3].withPermit('s', { ...WAIT, permits }, work)),
    );
    expect(most).toBe(permits);
  });

  it('has a permit again when a lease ends that was not given back', async () => {
    await semaphores[0].acquire('e', { ttlMs: 200, permits: 1 });
    const next = await semaphores[1].acquire('e', { ...WAIT, permits: 1 });
    expect(await semaphores[2].tryAcquire('e', { ...TTL, permits: 1 })).toBeNull();
    await next.release();
  });
});

describe('a re-entrant lock', () => {
  const own = { ...TTL, owner: 'job 7\n', reentrant: true };

  it('is had again by its owner, with the same token, past those who wait', async () => {
    const outer = await locks[0].acquire('re', own);
    const other = locks[1].acquire('re', { ...WAIT, owner: 'job 8', reentrant: true });
    await queued(redis, 're', 1);
    const inner = await locks[2].acquire('re', { ...own, waitMs: 1000 });
    expect(inner.fencingToken).toBe(outer.fencingToken);
    await outer.release();
    expect(await locks[0].tryAcquire('re', TTL)).toBeNull();
    await inner.release();
    const next = await other;
    expect(next.fencingToken).toBeGreaterThan(outer.fencingToken);
    await next.release();
  });

  it('is not had again by who does not ask for that, or is nobody', async () => {
    const lease = await locks[0].acquire('re', own);
    expect(await locks[0].tryAcquire('re', { ...TTL, owner: own.owner })).toBeNull();
    expect(await codeOf(locks[0].acquire('re', { ...TTL, reentrant: true }))).toBe('VALIDATION_FAILED');
    await lease.release();
  });
});

describe('several locks', () => {
  it('are had all or none', async () => {
    const all = await locks[0].acquireAll(['c', 'a', 'b', 'a'], TTL);
    expect(all.leases.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(all.fencingToken('b')).toBe(all.leases[1].fencingToken);
    expect(() => all.fencingToken('d')).toThrow('not one of these');
    expect(await codeOf(locks[1].acquireAll(['x', 'c'], TTL))).toBe('LOCK_NOT_ACQUIRED');
    await release(await locks[1].acquire('x', TTL));
    await all.extend(60_000);
    expect(all.remainingMs).toBeGreaterThan(50_000);
    expect(await all.release()).toBe(true);
    expect(() => all.assertHeld()).toThrow();
  });

  it('are waited for in one order, so that nobody waits for ever', async () => {
    let held = 0;
    const work = async () => {
      expect((held += 1)).toBe(1);
      await redis.client.ping();
      held -= 1;
    };
    const names = [
      ['a', 'b'],
      ['b', 'a'],
      ['b', 'c', 'a'],
    ];
    await Promise.all(Array.from({ length: 60 }, (_, n) => locks[n % 3].withLocks(names[n % 3], WAIT, work)));
  });

  it('are not waited for longer than asked, and leave nothing', async () => {
    const taken = await locks[0].acquire('b', TTL);
    expect(await codeOf(locks[1].acquireAll(['a', 'b'], { ...TTL, waitMs: 50 }))).toBe('LOCK_NOT_ACQUIRED');
    expect(await queueOf(redis, 'b')).toBe(0);
    await release(await locks[2].acquire('a', TTL));
    await taken.release();
  });
});
