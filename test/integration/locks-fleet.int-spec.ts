import { setTimeout as pause } from 'node:timers/promises';
import { LocksService } from '../../src/locks/index.js';
import { TestApp } from '../support/app.js';
import { Locker } from '../support/lockers.js';
import { locksWith, queued, queueOf } from '../support/locks.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

const TTL_MS = 60_000;
const HOUR_MS = 3_600_000;

let redis: TestRedis;
let locks: LocksService;

beforeAll(async () => {
  redis = await TestRedis.start();
  locks = (await TestApp.start({ REDIS_URL: redis.url }, locksWith())).get(LocksService);
}, 120_000);

/** EVALSHA that Redis has run. */
async function scriptsRun(): Promise<number> {
  const stats = await redis.client.info('commandstats');
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

describe('locks of four processes', () => {
  const PROCESSES = 4;
  let lockers: Locker[];

  beforeAll(async () => {
    lockers = await Locker.startAll(PROCESSES, redis.url);
  }, 120_000);

  it('are granted in the order of arrival, by at most two commands each', async () => {
    const WAITERS = 32;
    /** Far more than a command takes: the order of what is closer is that of the network. */
    const SPACING_MS = 150;
    const first = await locks.acquire('fifo', { ttlMs: TTL_MS });
    const asked: number[] = [];
    // Not in turn: who enters the queue late must stand before others that are in it.
    const order = Array.from({ length: WAITERS }, (_, n) => [0, 0, 0, 1, 2, 2, 3, 1][n % 8]);
    for (const [n, process] of order.entries()) {
      lockers[process].order({ do: 'acquire', tag: `w${n}`, name: 'fifo' });
      asked.push((await lockers[process].said('asked', `w${n}`)).at);
      await pause(SPACING_MS);
    }
    expect(await queueOf(redis, 'fifo')).toBe(PROCESSES);
    const before = await scriptsRun();
    await first.release();
    const granted = await Promise.all(order.map((process, n) => lockers[process].said('granted', `w${n}`)));
    await waitFor(async () => (await redis.client.dbsize()) === 0, { what: 'all to be released' });
    const commands = (await scriptsRun()) - before;
    // A look that was due meanwhile comes once a process.
    expect(commands).toBeLessThanOrEqual(2 * WAITERS + PROCESSES);
    const tokens = granted.map(({ token }) => BigInt(token ?? 0));
    let inversions = 0;
    for (let later = 0; later < WAITERS; later += 1)
      for (let earlier = 0; earlier < later; earlier += 1)
        if (tokens[later] < tokens[earlier]) inversions += 1;
    expect(asked).toEqual([...asked].sort((a, b) => a - b));
    expect(inversions).toBe(0);
  }, 120_000);

  it('pass over waiters that were killed, in the very call that releases', async () => {
    const inboxes = async () => (await redis.client.pubsub('CHANNELS', '*:inbox')).length;
    const alive = await inboxes();
    const dead = await Locker.startAll(5, redis.url);
    const first = await locks.acquire('dead', { ttlMs: TTL_MS });
    for (const [n, locker] of dead.entries()) {
      locker.order({ do: 'acquire', tag: 'd', name: 'dead', keep: true });
      await queued(redis, 'dead', n + 1);
    }
    lockers[0].order({ do: 'acquire', tag: 'alive', name: 'dead' });
    await queued(redis, 'dead', 6);
    for (const locker of dead) locker.child.kill('SIGKILL');
    await Promise.all(dead.map(({ child }) => child.exited));
    await waitFor(async () => (await inboxes()) === alive, { what: 'Redis to see that they are gone' });
    await first.release();
    // Nobody is waited for: the call has gone past all five, and has given the lock to who lives.
    expect(await queueOf(redis, 'dead')).toBe(0);
    await lockers[0].said('granted', 'alive');
    await waitFor(async () => (await redis.client.dbsize()) === 0, { what: 'all to be released' });
  }, 120_000);

  it('do not stay with a waiter that is frozen', async () => {
    const [frozen] = await Locker.startAll(1, redis.url);
    const first = await locks.acquire('frozen', { ttlMs: TTL_MS });
    frozen.order({ do: 'acquire', tag: 'f', name: 'frozen', keep: true });
    await queued(redis, 'frozen', 1);
    lockers[1].order({ do: 'acquire', tag: 'next', name: 'frozen' });
    await queued(redis, 'frozen', 2);
    frozen.child.kill('SIGSTOP');
    await first.release();
    // It is given the lock for half a second, and not for the minute that it asked for.
    const { token } = await lockers[1].said('granted', 'next');
    frozen.child.kill('SIGCONT');
    const late = await frozen.said('granted', 'f');
    expect(BigInt(late.token ?? 0)).toBeGreaterThan(BigInt(token ?? 0));
    frozen.child.kill('SIGKILL');
    await frozen.child.exited;
    await redis.client.flushall();
  }, 120_000);
});

describe('a semaphore of processes whose clocks are an hour apart', () => {
  it('never has more leases than permits', async () => {
    const permits = 3;
    const lockers = await Promise.all(
      [-HOUR_MS, 0, HOUR_MS].map((skew) => Locker.start(redis.url, { CLOCK_SKEW_MS: String(skew) })),
    );
    for (const locker of lockers) locker.order({ do: 'permits', name: 'skew', permits, times: 150 });
    const reports = await Promise.all(lockers.map((locker) => locker.said('most')));
    const most = Math.max(...reports.map(({ most = 0 }) => most));
    expect(most).toBeLessThanOrEqual(permits);
    expect(most).toBeGreaterThan(1);
    expect(await redis.client.dbsize()).toBe(1);
  }, 120_000);
});
