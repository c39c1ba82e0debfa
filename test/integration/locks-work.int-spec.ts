import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { type Lease, LocksModule, LocksService, WithLock } from '../../src/locks/index.js';
import { TestApp } from '../support/app.js';
import { codeOf, locksWith } from '../support/locks.js';
import { TestRedis } from '../support/redis-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';

const runs: string[] = [];

@Injectable()
class Reports {
  @WithLock('report:{0}:{1.id}', { ttlMs: 30_000, skip: true })
  async daily(day: string, team: { id: number }): Promise<string> {
    runs.push(`${day} ${team.id}`);
    await pause(20);
    return `report of ${day}`;
  }
}

@Module({ imports: [LocksModule], providers: [Reports] })
class ReportsModule {}

let redis: TestRedis;
let proxy: TcpProxy;
let here: TestApp;
let there: TestApp;
let locks: LocksService;

beforeAll(async () => {
  redis = await TestRedis.start();
  proxy = await TcpProxy.start({ target: { host: '127.0.0.1', port: redis.port } });
  const root = locksWith(ReportsModule);
  here = await TestApp.start({ REDIS_URL: proxy.url, REDIS_COMMAND_TIMEOUT_MS: '1000' }, root);
  there = await TestApp.start({ REDIS_URL: redis.url }, root);
  locks = here.get(LocksService);
});

afterEach(async () => {
  await proxy.heal();
  const isEmpty = async () => (await redis.client.dbsize()) === 0;
  await waitFor(isEmpty, { what: 'Redis to be empty' });
});

afterAll(() => proxy.close());

const key = (name: string) => `holdfast:default:locks:{${name}}:lock`;

describe('work under a lock', () => {
  it('has its lease extended for as long as it runs', async () => {
    const result = await locks.withLock('long', { ttlMs: 2000 }, async (lease) => {
      for (const until = performance.now() + 3000; performance.now() < until;) {
        lease.assertHeld();
        expect(await redis.client.exists(key('long'))).toBe(1);
        await pause(20);
      }
      return lease.signal.aborted;
    });
    expect(result).toBe(false);
    expect(await redis.client.exists(key('long'))).toBe(0);
  });

  it('is told before Redis lets another have the lock, also when extensions hang', async () => {
    const ttlMs = 3000;
    await locks.withLock('hangs', { ttlMs }, async ({ signal }) => {
      const told = new Promise<number>((resolve) => {
        signal.addEventListener('abort', () => resolve(performance.now()));
      });
      proxy.stall();
      expect(signal.aborted).toBe(false);
      await told;
      // Redis has the lease still: it ends after this.
      expect(await redis.client.exists(key('hangs'))).toBe(1);
      proxy.resume();
    });
  });

  it('is told at once when the lease is definitely not its own', async () => {
    const startedAt = performance.now();
    await locks.withLock('gone', { ttlMs: 30_000 }, async (lease) => {
      await redis.client.del(key('gone'));
      expect(await codeOf(lease.extend())).toBe('LOCK_NOT_OWNED');
      expect(lease.signal.aborted).toBe(true);
    });
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });

  it('keeps its result and its error when the release fails', async () => {
    const failing = async (work: () => unknown) =>
      locks.withLock('fails', { ttlMs: 5000 }, async () => {
        proxy.drop();
        return work();
      });
    expect(await failing(() => 'result')).toBe('result');
    await proxy.restore();
    // Given back as soon as Redis can be reached again, long before its ttl.
    const isFree = async () => (await redis.client.exists(key('fails'))) === 0;
    await waitFor(isFree, { what: 'the lock to be given back', timeoutMs: 4000 });
    await waitFor(async () => (await codeOf(locks.withLock('up', { ttlMs: 50 }, () => 1))) === 'none', {
      what: 'the connection to be back',
    });
    const error = new Error('of its own');
    await expect(failing(() => Promise.reject(error))).rejects.toBe(error);
  });

  it('keeps its result when its lease was lost, which is counted', async () => {
    const lost = () =>
      here
        .request('GET', '/metrics')
        .then(({ text }) => Number(/lock_losses_total\{kind="lock"\} (\d+)/.exec(text)?.[1] ?? 0));
    const before = await lost();
    const result = await locks.withLock('lost', { ttlMs: 30_000 }, async () => {
      await redis.client.del(key('lost'));
      return 'done';
    });
    expect(result).toBe('done');
    expect(await lost()).toBe(before + 1);
  });

  it('is skipped at once when another does it', async () => {
    const taken = await there.get(LocksService).acquire('daily', { ttlMs: 30_000 });
    const options = { ttlMs: 30_000, skip: true } as const;
    expect(await locks.withLock('daily', options, () => 'done')).toBeNull();
    await taken.release();
    expect(await locks.withLock('daily', options, () => 'done')).toBe('done');
  });

  it('can be a method, named after its arguments', async () => {
    const call = (app: TestApp, day: string, id: number) => app.get(Reports).daily(day, { id });
    const answers = await Promise.all([
      call(here, 'monday', 1),
      call(there, 'monday', 1),
      call(there, 'monday', 2),
      call(here, 'tuesday', 1),
    ]);
    expect(runs.sort()).toEqual(['monday 1', 'monday 2', 'tuesday 1']);
    expect(answers.filter((answer) => answer === null)).toHaveLength(1);
    expect(answers[3]).toBe('report of tuesday');
    await expect(call(here, 'monday', undefined as unknown as number)).rejects.toThrow('{1.id}');
  });
});

describe('a process whose event loop was held up', () => {
  it('sees at once, without a turn of it, that its lease is over', async () => {
    const lease: Lease = await locks.acquire('busy', { ttlMs: 100 });
    for (const until = performance.now() + 150; performance.now() < until;);
    expect(() => lease.assertHeld()).toThrow('is over');
    expect(await lease.release()).toBe(false);
  });

  it('does not lose a lease whose extension was answered meanwhile', async () => {
    const startedAt = performance.now();
    // Not through the proxy, which stands in this process.
    const lease = await there.get(LocksService).acquire('blocked', { ttlMs: 2000 });
    await pause(1000);
    const sent = lease.extend();
    // Behind the sending, and before the answer can be read: beyond the end that the lease had before.
    setImmediate(() => {
      while (performance.now() < startedAt + 2100);
    });
    await sent;
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(performance.now()).toBeGreaterThan(startedAt + 2000);
    expect(lease.signal.aborted).toBe(false);
    lease.assertHeld();
    await lease.release();
  });
});
