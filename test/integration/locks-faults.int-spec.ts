import { type Lease, LocksService } from '../../src/locks/index.js';
import { TestApp } from '../support/app.js';
import { codeOf, locksWith, queued } from '../support/locks.js';
import { TestRedis } from '../support/redis-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';

const TTL_MS = 60_000;

describe('replies that are lost', () => {
  const ROUNDS = 50;
  const AT_ONCE = 100;
  let redis: TestRedis;
  let proxy: TcpProxy;
  let locks: LocksService;

  beforeAll(async () => {
    redis = await TestRedis.start();
    proxy = await TcpProxy.start({ target: { host: '127.0.0.1', port: redis.port } });
    locks = (await TestApp.start({ REDIS_URL: proxy.url }, locksWith())).get(LocksService);
  });

  afterAll(() => proxy.close());

  /** All of it is sent in one write, which Redis carries out, and of which no reply arrives. */
  async function lost<R>(work: () => Promise<R>[]): Promise<R[]> {
    const cut = proxy.loseNextReply({ containing: 'evalsha' });
    const results = await Promise.all(work());
    expect((await cut)?.request.toString()).toContain('evalsha');
    return results;
  }

  it('lock nobody out of 10,000, and grant nothing twice', async () => {
    const names = Array.from({ length: AT_ONCE }, (_, n) => `l${n}`);
    const tokens = new Map<string, bigint>();
    await Promise.all(names.map(async (name) => (await locks.acquire(name, { ttlMs: TTL_MS })).release()));
    for (let round = 0; round < ROUNDS; round += 1) {
      const waitMs = round % 2 === 0 ? 0 : 10_000;
      const leases: Lease[] = await lost(() =>
        names.map((name) => locks.acquire(name, { ttlMs: TTL_MS, waitMs })),
      );
      expect(await redis.client.dbsize()).toBe(AT_ONCE);
      for (const { name, fencingToken } of leases) {
        expect(fencingToken).toBeGreaterThan(tokens.get(name) ?? 0n);
        tokens.set(name, fencingToken);
      }
      const released = await lost(() => leases.map((lease) => lease.release()));
      expect(released.every(Boolean)).toBe(true);
      expect(await redis.client.dbsize()).toBe(0);
    }
  }, 240_000);

  it('lose no grant: whoever was not told that it has the lock finds out', async () => {
    const there = (await TestApp.start({ REDIS_URL: redis.url }, locksWith())).get(LocksService);
    for (let round = 0; round < 10; round += 1) {
      const first = await there.acquire('news', { ttlMs: TTL_MS });
      const waiting = locks.acquire('news', { ttlMs: TTL_MS, waitMs: TTL_MS });
      await queued(redis, 'news', 1);
      // The message is on its way to the subscriber when its connection ends; or that of commands does.
      if (round % 2 === 0) proxy.stall('down');
      await first.release();
      proxy.cutAll();
      await proxy.heal();
      await (await waiting).release();
    }
    expect(await redis.client.dbsize()).toBe(0);
  }, 120_000);
});

describe('a Redis that forgets', () => {
  const RESTARTS = 100;

  it('turns no token back, in 100 lossy restarts and 100 times FLUSHALL', async () => {
    let redis = await TestRedis.start();
    const app = await TestApp.start({ REDIS_URL: redis.url }, locksWith());
    const locks = app.get(LocksService);
    let last = 0n;
    const acquire = async () => {
      let lease: Lease | undefined;
      const acquired = async () => {
        lease = await locks.acquire('forgotten', { ttlMs: TTL_MS });
        return true;
      };
      await waitFor(acquired, { what: 'Redis to be back', intervalMs: 5 });
      expect(lease!.fencingToken).toBeGreaterThan(last);
      last = lease!.fencingToken;
    };
    for (let turn = 0; turn < RESTARTS; turn += 1) {
      await acquire();
      await redis.client.flushall();
      await acquire();
      await redis.kill();
      redis = await redis.restart(['--save', '', '--appendonly', 'no']);
    }
    await app.stop();
  }, 240_000);

  it('gives tokens above those that the process has seen, also when its clock has been set back', async () => {
    const redis = await TestRedis.start();
    const app = await TestApp.start({ REDIS_URL: redis.url }, locksWith());
    const locks = app.get(LocksService);
    const key = 'holdfast:default:locks:{ahead}:lock';
    // A lease that a server with a clock an hour ahead has granted.
    const ahead = BigInt(Date.now() + 3_600_000) * 1000n;
    await redis.client.hset(key, 'a-lease-of-before', `x ${BigInt(Date.now() + 60_000) * 1000n} ${ahead} `);
    expect(await codeOf(locks.acquire('ahead', { ttlMs: TTL_MS }))).toBe('LOCK_NOT_ACQUIRED');
    const waiting = locks.acquire('ahead', { ttlMs: TTL_MS, waitMs: TTL_MS });
    await queued(redis, 'ahead', 1);
    const other = (await TestApp.start({ REDIS_URL: redis.url }, locksWith())).get(LocksService);
    const release = await app.request('DELETE', '/v1/locks/ahead/leases/a-lease-of-before');
    expect(release.status).toBe(204);
    const handedOn = await waiting;
    expect(handedOn.fencingToken).toBe(ahead + 1n);
    await handedOn.release();
    // A process that has seen nothing of it: the mark that was left tells.
    const next = await other.acquire('ahead', { ttlMs: TTL_MS });
    expect(next.fencingToken).toBe(ahead + 2n);
    await next.release();
    expect(await redis.client.pttl('holdfast:default:locks:{ahead}:lock-fence')).toBeGreaterThan(3_000_000);
    // Also when the lease was not given back, and nothing but the mark is left of it.
    const expiring = await other.acquire('ahead', { ttlMs: 50 });
    const isOver = async () => (await redis.client.exists(key)) === 0;
    await waitFor(isOver, { what: 'the lease to expire' });
    const third = (await TestApp.start({ REDIS_URL: redis.url }, locksWith())).get(LocksService);
    const last = await third.acquire('ahead', { ttlMs: TTL_MS });
    expect(last.fencingToken).toBe(expiring.fencingToken + 1n);
    await last.release();
    // And one that has, when the mark is lost, for any name.
    await redis.client.flushall();
    const lease = await locks.acquire('another', { ttlMs: TTL_MS });
    expect(lease.fencingToken).toBeGreaterThan(handedOn.fencingToken);
  });

  it('knows a token that is ahead of the clock for less long than its lease, when that was given back', async () => {
    const redis = await TestRedis.start();
    const start = async () => (await TestApp.start({ REDIS_URL: redis.url }, locksWith())).get(LocksService);
    const [locks, other] = [await start(), await start()];
    const key = 'holdfast:default:locks:{near}:lock';
    const us = (ms: number) => BigInt(Date.now() + ms) * 1000n;
    await redis.client.hset(key, 'a-lease-of-before', `x ${us(200)} ${us(20_000)} `);
    await redis.client.pexpire(key, 20_000);
    const lease = await locks.acquire('near', { ttlMs: TTL_MS, waitMs: TTL_MS });
    expect(await redis.keys()).toEqual([key]);
    await lease.release();
    const next = await other.acquire('near', { ttlMs: TTL_MS });
    expect(next.fencingToken).toBe(lease.fencingToken + 1n);
    await next.release();
  });
});
