import { LocksService, SemaphoresService } from '../../src/locks/index.js';
import { TestApp } from '../support/app.js';
import { codeOf, locksWith } from '../support/locks.js';
import { TestCluster } from '../support/redis-topologies.js';
import { waitFor } from '../support/wait-for.js';

const TTL_MS = 30_000;
const names = Array.from({ length: 12 }, (_, n) => `name-${n}`);

describe('locks in a Redis Cluster', () => {
  let cluster: TestCluster;
  let here: LocksService;
  let there: LocksService;
  let semaphores: SemaphoresService;

  beforeAll(async () => {
    cluster = await TestCluster.start();
    const [first, second] = [
      await TestApp.start({ REDIS_URL: cluster.url }, locksWith()),
      await TestApp.start({ REDIS_URL: cluster.url }, locksWith()),
    ];
    here = first.get(LocksService);
    there = second.get(LocksService);
    semaphores = second.get(SemaphoresService);
  });

  afterAll(() => cluster.stop());

  const counts = () => Promise.all(cluster.masters.map(({ client }) => client.dbsize()));
  const keysLeft = async () => (await counts()).reduce((sum, count) => sum + count, 0);

  const queuedAnywhere = async (name: string) => {
    const key = `holdfast:default:locks:{${name}}:lock-queue`;
    const counts = await Promise.all(cluster.masters.map(({ client }) => client.zcard(key).catch(() => 0)));
    return counts.some((count) => count > 0);
  };

  it('are handed over in each slot, and leave nothing', async () => {
    for (const name of names) {
      const first = await here.acquire(name, { ttlMs: TTL_MS });
      const waiting = there.acquire(name, { ttlMs: TTL_MS, waitMs: TTL_MS });
      await waitFor(() => queuedAnywhere(name), { what: 'the waiter to be queued' });
      await first.release();
      const next = await waiting;
      expect(next.fencingToken).toBeGreaterThan(first.fencingToken);
      await next.release();
    }
    const permit = { ttlMs: TTL_MS, permits: 1 };
    const lease = await semaphores.acquire('permits', permit);
    expect(await semaphores.tryAcquire('permits', permit)).toBeNull();
    await lease.release();
    expect(await keysLeft()).toBe(0);
  });

  it('are had all or none, also in different slots', async () => {
    const all = await here.acquireAll(names, { ttlMs: TTL_MS });
    expect(await codeOf(there.acquireAll(['another', names[3]], { ttlMs: TTL_MS }))).toBe(
      'LOCK_NOT_ACQUIRED',
    );
    expect(await all.release()).toBe(true);
    const other = await there.acquireAll(['another', names[3]], { ttlMs: TTL_MS });
    await other.release();
    expect(await keysLeft()).toBe(0);
  });

  it('are refused where they should be durable', async () => {
    const durable = { replicas: 1, timeoutMs: 100 };
    expect(await codeOf(here.acquire('durable', { ttlMs: TTL_MS, durable }))).toBe('STATE_STORE_UNAVAILABLE');
    expect(await keysLeft()).toBe(0);
  });
});
