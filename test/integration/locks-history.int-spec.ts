import { setTimeout as pause } from 'node:timers/promises';
import { Locker } from '../support/lockers.js';
import { TestRedis } from '../support/redis-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const OPERATIONS = 100_000;
const NAMES = 32;
const TTL_MS = 400;
const FAULT_EVERY_MS = 700;
const NOTHING_ON_DISK = ['--save', '', '--appendonly', 'no'];

interface Write {
  readonly token: bigint;
  readonly holder: string;
  /** When it was sent, and until when its holder had the lease by its own clock. */
  readonly at: number;
  readonly until: number;
  readonly accepted: boolean;
}

/** What the resource behind the locks has seen, of one name, in its order. */
async function historyOf(resource: TestRedis, name: string): Promise<Write[]> {
  const lines = await resource.client.lrange(`h:${name}`, 0, -1);
  return lines.map((line) => {
    const [token, holder, at, until, accepted] = line.split(' ');
    return {
      token: BigInt(token),
      holder,
      at: Number(at),
      until: Number(until),
      accepted: accepted === '1',
    };
  });
}

/** Accepted writes that come after one under a later lease, or under a token that another holder has. */
function violations(history: readonly Write[]): number {
  const holders = new Map<bigint, string>();
  let last = 0n;
  let count = 0;
  for (const { token, holder, accepted } of history) {
    if (!accepted) continue;
    if (token < last || (holders.get(token) ?? holder) !== holder) count += 1;
    holders.set(token, holder);
    last = token > last ? token : last;
  }
  return count;
}

/** Writes that came when one under a later lease was there: what fencing is for. */
const late = (history: readonly Write[]) => history.filter(({ accepted }) => !accepted);
/** Of these, those whose holder was right to think that it holds the lock: two held it at once. Only a Redis that forgets does that. */
const overlaps = (history: readonly Write[]) => late(history).filter(({ at, until }) => at <= until).length;

describe('a history of four processes that are frozen, killed and cut off, on a Redis that restarts', () => {
  let redis: TestRedis;
  let proxy: TcpProxy;
  let resource: TestRedis;
  let lockers: Locker[];

  const start = async (n: number): Promise<Locker> => {
    const env = { RESOURCE_URL: resource.url, REDIS_COMMAND_TIMEOUT_MS: '1000' };
    const locker = await Locker.start(n % 2 === 0 ? proxy.url : redis.url, env);
    locker.order({ do: 'history', names: NAMES, workers: 16, ttlMs: TTL_MS });
    return locker;
  };

  beforeAll(async () => {
    redis = await TestRedis.start();
    resource = await TestRedis.start();
    proxy = await TcpProxy.start({ target: { host: '127.0.0.1', port: redis.port } });
    lockers = await Promise.all([0, 1, 2, 3].map(start));
  }, 120_000);

  afterAll(() => proxy.close());

  const faults: ((victim: number) => Promise<void>)[] = [
    async (victim) => {
      lockers[victim].child.kill('SIGSTOP');
      await pause(2 * TTL_MS);
      lockers[victim].child.kill('SIGCONT');
    },
    async () => proxy.cutAll(),
    async () => {
      proxy.stall();
      await pause(TTL_MS);
      proxy.resume();
    },
    async (victim) => {
      lockers[victim].child.kill('SIGKILL');
      await lockers[victim].child.exited;
      lockers[victim] = await start(victim);
    },
    async () => {
      await redis.kill();
      redis = await redis.restart(NOTHING_ON_DISK);
    },
  ];

  it('has no write that was accepted after one under a later lease', async () => {
    const done = async () => Number(await resource.client.get('operations'));
    const startedAt = performance.now();
    let injected = 0;
    while ((await done()) < OPERATIONS || injected < 2 * faults.length) {
      expect(performance.now() - startedAt).toBeLessThan(500_000);
      await pause(FAULT_EVERY_MS);
      await faults[injected % faults.length](injected % lockers.length);
      injected += 1;
    }
    for (const { child } of lockers) child.kill('SIGKILL');
    await Promise.all(lockers.map(({ child }) => child.exited));
    const names = Array.from({ length: NAMES }, (_, n) => `n${n}`);
    const histories = await Promise.all(names.map((name) => historyOf(resource, name)));
    const sum = (count: (history: Write[]) => number) =>
      histories.reduce((total, history) => total + count(history), 0);
    const figures = {
      operations: await done(),
      failures: Number(await resource.client.get('failures')),
      injected,
      writes: sum(({ length }) => length),
      late: sum((history) => late(history).length),
      overlaps: sum(overlaps),
    };
    process.stdout.write(`locks history: ${JSON.stringify(figures)}\n`);
    expect(figures.operations).toBeGreaterThanOrEqual(OPERATIONS);
    expect(sum(violations)).toBe(0);
    // Without fencing some would have been: the faults are hard enough.
    expect(figures.late).toBeGreaterThan(0);
  }, 600_000);
});
