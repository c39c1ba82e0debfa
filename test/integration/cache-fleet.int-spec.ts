import path from 'node:path';
import { type NodeChild, spawnNode } from '../support/child.js';
import type { CacheOrder, CacheReport } from '../support/fixtures/cache-caller.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

const SCRIPT = path.join(__dirname, '..', 'support', 'fixtures', 'cache-caller.ts');
const PROCESSES = 4;
const CALLERS = 1000;
const HOUR_MS = 3_600_000;

let redis: TestRedis;
let children: NodeChild[];

beforeAll(async () => {
  redis = await TestRedis.start();
  children = await Promise.all(Array.from({ length: PROCESSES }, spawnCaller));
});

async function spawnCaller(): Promise<NodeChild> {
  const patience = { REDIS_COMMAND_TIMEOUT_MS: '20000', CACHE_READ_TIMEOUT_MS: '20000' };
  const env = { ...patience, REDIS_URL: redis.url, CACHE_REDIS_URL: undefined };
  const child = spawnNode(SCRIPT, { env });
  await child.waitForLine(/^ready$/, { timeoutMs: 50_000 });
  return child;
}

beforeEach(() => redis.client.del('failing'));

async function order(child: NodeChild, what: CacheOrder): Promise<CacheReport> {
  const after = child.lines.length;
  child.writeLine(JSON.stringify(what));
  const [line] = await child.waitForLine(/^\{.*\}$/, { after, stream: 'stdout', timeoutMs: 30_000 });
  return JSON.parse(line) as CacheReport;
}

/** All callers of all processes at once: what they got. */
async function askAll(what: Omit<CacheOrder, 'callers'>, callers = CALLERS): Promise<CacheReport> {
  const reports = await Promise.all(children.map((child) => order(child, { ...what, callers })));
  const sum = (part: 'values' | 'errors') => {
    const all: Record<string, number> = {};
    for (const report of reports) {
      for (const [name, count] of Object.entries(report[part])) all[name] = (all[name] ?? 0) + count;
    }
    return all;
  };
  return { values: sum('values'), errors: sum('errors') };
}

const loads = async (key: string) => Number(await redis.client.get(`loads:${key}`));
const ALL = PROCESSES * CALLERS;

describe(`${CALLERS} callers in each of ${PROCESSES} processes`, () => {
  it('make one load of what nobody has', async () => {
    const what = { key: 'cold', loadMs: 300, options: { ttlMs: HOUR_MS } };
    expect(await askAll(what)).toEqual({ values: { 1: ALL }, errors: {} });
    expect(await askAll(what)).toEqual({ values: { 1: ALL }, errors: {} });
    expect(await loads('cold')).toBe(1);
  });

  it('make one load after each expiry, and wait for nobody while there is an old value', async () => {
    const key = 'hot';
    const options = { ttlMs: 200, graceMs: HOUR_MS, beta: 0 };
    await askAll({ key, loadMs: 1, options }, 1);
    for (let expiry = 1; expiry <= 3; expiry += 1) {
      await expired(key);
      // All of them have the old value, although nobody has the new one before all have asked.
      const { values, errors } = await askAll({ key, loadMs: 300, options });
      expect(errors).toEqual({});
      expect(Object.keys(values)).toEqual([String(expiry)]);
      await waitFor(async () => (await loads(key)) === expiry + 1 && (await isStored(key)), {
        what: 'the new value to be stored',
      });
    }
  });

  it.each([
    ['without grace', { ttlMs: 100, beta: 0 }, 94],
    ['with grace', { ttlMs: 100, graceMs: HOUR_MS, beta: 0 }, 94],
    ['without grace and loaded early', { ttlMs: 300, beta: 1 }, 0],
    ['with grace and loaded early', { ttlMs: 300, graceMs: HOUR_MS, beta: 1 }, 0],
  ])('who never stop make one load after each expiry: %s', async (name, options, leastMs) => {
    const until = 5;
    const { values, errors } = await askAll({ key: name, loadMs: 50, options, until });
    expect(errors).toEqual({});
    expect(Object.values(values).reduce((sum, count) => sum + count, 0)).toBe(ALL);
    const times = async (list: string) => (await redis.client.lrange(`${list}:${name}`, 0, -1)).map(Number);
    const [begun, ended] = [await times('begun'), await times('ended')];
    expect(begun.length).toBeGreaterThanOrEqual(until);
    // What a load gives is fresh for so long, less its jitter, and nobody loads meanwhile. Early or not, no two load at once.
    for (let i = 1; i < begun.length; i += 1) {
      expect(begun[i] - ended[i - 1]).toBeGreaterThanOrEqual(leastMs * 1000);
    }
  });

  it('make at most one load more when the process that loads is killed', async () => {
    const options = { ttlMs: HOUR_MS };
    const orders = [
      { key: 'killed', loadMs: 700, options: { ...options, hardTimeoutMs: 1000 } },
      // Its lease is over after 10 s.
      { key: 'killed without a timeout', loadMs: 700, options },
    ];
    const victim = children[0];
    for (const what of orders) {
      victim.writeLine(JSON.stringify({ ...what, callers: 1 }));
      await waitFor(async () => (await loads(what.key)) === 1, { what: 'the load to begin' });
    }
    const others = (what: Omit<CacheOrder, 'callers'>) =>
      Promise.all(children.slice(1).map((child) => order(child, { ...what, callers: CALLERS })));
    // Some wait already, and some come later.
    const waiting = others(orders[0]);
    victim.kill('SIGKILL');
    await victim.exited;
    const reports = [await waiting, await others(orders[1])];
    for (const [i, { key }] of orders.entries()) {
      expect(reports[i].map(({ values }) => values)).toEqual(reports[i].map(() => ({ 2: CALLERS })));
      expect(await loads(key)).toBe(2);
    }
    children[0] = await spawnCaller();
  });

  it('are answered while the source fails, and it is hardly asked', async () => {
    const key = 'stale';
    const options = { ttlMs: 50, graceMs: HOUR_MS, beta: 0, source: 'with stale' };
    await askAll({ key, loadMs: 1, options }, 1);
    await redis.client.set('failing', 1);
    await expired(key);
    const failingSince = performance.now();
    for (let round = 0; round < 20; round += 1) {
      expect(await askAll({ key, loadMs: 10, options }, 50)).toEqual({
        values: { 1: PROCESSES * 50 },
        errors: {},
      });
    }
    const before = await loads(key);
    const startedAt = performance.now();
    // One load was before it failed.
    expect(before - 1).toBeLessThanOrEqual(10 + (startedAt - failingSince) / 1000);
    await probed(key, 4);
    const seconds = (performance.now() - startedAt) / 1000;
    expect((await loads(key)) - before).toBeLessThanOrEqual(1 + Math.ceil(seconds));
    await redis.client.del('failing');
    const fresh = async () => !('1' in (await askAll({ key, loadMs: 1, options }, 1)).values);
    await waitFor(fresh, { what: 'all to have a new value', timeoutMs: 20_000 });
  });

  it('fail fast while the source fails and there is no old value', async () => {
    const options = { ttlMs: HOUR_MS, source: 'without stale' };
    await redis.client.set('failing', 1);
    const ask = (key: string) => askAll({ key, loadMs: 10, options }, 50);
    // Whoever shares a load shares its failure; from the third on nobody loads.
    const first = await ask('none-1');
    expect(first.values).toEqual({});
    await waitFor(async () => 'LOADER_UNAVAILABLE' in (await ask('none-1')).errors, { what: 'the breaker' });
    const before = await loads('none-1');
    const startedAt = performance.now();
    for (let round = 0; round < 10; round += 1) {
      const { errors } = await ask('none-1');
      expect(errors.LOADER_UNAVAILABLE ?? 0).toBeGreaterThanOrEqual(PROCESSES * 50 - 50);
    }
    const seconds = (performance.now() - startedAt) / 1000;
    expect((await loads('none-1')) - before).toBeLessThanOrEqual(1 + seconds);
    expect(before).toBeLessThanOrEqual(10);
    await redis.client.del('failing');
    const well = async () => Object.keys((await ask('none-1')).errors).length === 0;
    await waitFor(well, { what: 'the source to be trusted again', timeoutMs: 20_000 });
  });
});

/** In Redis, by its own clock: the value that is there is not fresh any more. */
async function expired(key: string): Promise<void> {
  await waitFor(async () => !(await isStored(key)), { what: `${key} to expire` });
}

async function isStored(key: string): Promise<boolean> {
  const frame = await redis.client.getBuffer(`holdfast:default:cache:{${key}}:entry`);
  const [seconds, micros] = await redis.client.time();
  return frame !== null && frame.readUIntBE(1, 6) > Number(seconds) * 1000 + Number(micros) / 1000;
}

/** Waits, asking all the time, until so many probes more have gone through. */
async function probed(key: string, times: number): Promise<void> {
  const before = await loads(key);
  const what = { key, loadMs: 10, options: { ttlMs: 50, graceMs: HOUR_MS, beta: 0, source: 'with stale' } };
  await waitFor(async () => (await askAll(what, 1)) && (await loads(key)) >= before + times, {
    what: `${times} probes`,
    timeoutMs: 30_000,
  });
}
