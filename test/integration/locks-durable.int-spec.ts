import { LocksService } from '../../src/locks/index.js';
import { TestApp } from '../support/app.js';
import { codeOf, locksWith } from '../support/locks.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

const NOTHING_ON_DISK = ['--save', '', '--appendonly', 'no', '--repl-diskless-sync-delay', '0'];

describe('a durable lock', () => {
  let master: TestRedis;
  let replica: TestRedis;
  let app: TestApp;
  let locks: LocksService;

  beforeAll(async () => {
    master = await TestRedis.start({ args: NOTHING_ON_DISK });
    const replicaOf = ['--replicaof', '127.0.0.1', String(master.port)];
    replica = await TestRedis.start({ args: [...NOTHING_ON_DISK, ...replicaOf] });
    const isUp = async () => (await replica.client.info('replication')).includes('master_link_status:up');
    await waitFor(isUp, { what: 'the replica to have synchronized' });
    app = await TestApp.start({ REDIS_URL: master.url }, locksWith());
    locks = app.get(LocksService);
  });

  const durable = { replicas: 1, timeoutMs: 5000 };
  const key = (name: string) => `holdfast:default:locks:{${name}}:lock`;

  it('is held by a lease that the replica knows', async () => {
    const lease = await locks.acquire('a', { ttlMs: 30_000, durable });
    expect(await replica.client.exists(key('a'))).toBe(1);
    await lease.extend(60_000);
    expect(await replica.client.pttl(key('a'))).toBeGreaterThan(50_000);
    await lease.release();
  });

  it('is refused, and free, when too few replicas have it in time', async () => {
    const short = { ttlMs: 30_000, durable: { replicas: 2, timeoutMs: 50 } };
    expect(await codeOf(locks.acquire('b', short))).toBe('LOCK_NOT_DURABLE');
    expect(await master.client.exists(key('b'))).toBe(0);
    const { text } = await app.request('GET', '/metrics');
    expect(text).toContain('holdfast_lock_requests_total{kind="lock",outcome="undurable"} 1\n');
  });

  it('is refused when it must be on disk and the server writes none', async () => {
    const disk = { ttlMs: 30_000, durable: { replicas: 0, disk: true, timeoutMs: 50 } };
    expect(await codeOf(locks.acquire('c', disk))).toBe('LOCK_NOT_DURABLE');
    expect(await master.client.exists(key('c'))).toBe(0);
  });

  it('holds nobody else up while it waits for a replica that is frozen', async () => {
    replica.freeze();
    const refused = codeOf(locks.acquire('d', { ttlMs: 30_000, durable: { replicas: 1, timeoutMs: 1500 } }));
    const other = await locks.acquire('e', { ttlMs: 30_000 });
    await other.release();
    expect(await master.client.exists(key('d'))).toBe(1);
    expect(await refused).toBe('LOCK_NOT_DURABLE');
    replica.thaw();
    expect(await master.client.dbsize()).toBe(0);
  });

  it('has a lease that lasts no longer when an extension does not reach the replica', async () => {
    const lease = await locks.acquire('f', { ttlMs: 2000, durable: { replicas: 1, timeoutMs: 100 } });
    replica.freeze();
    expect(await codeOf(lease.extend(60_000))).toBe('LOCK_NOT_DURABLE');
    expect(lease.remainingMs).toBeLessThan(2000);
    replica.thaw();
    await lease.release();
  });
});
