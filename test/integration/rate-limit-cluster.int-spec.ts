import type { TestApp } from '../support/app.js';
import {
  ALGORITHMS,
  counterKeys,
  decide,
  keyPath,
  leftOf,
  LONG_MS,
  putPolicy,
  refund,
  startReplica,
} from '../support/rate-limits.js';
import type { TestRedis } from '../support/redis-server.js';
import { TestCluster } from '../support/redis-topologies.js';
import { waitFor } from '../support/wait-for.js';

const LIMIT = 4;

let cluster: TestCluster;
let a: TestApp;
let b: TestApp;

beforeAll(async () => {
  cluster = await TestCluster.start();
  const settings = { REDIS_URL: cluster.url };
  [a, b] = await Promise.all([startReady(settings), startReady(settings)]);
  for (const algorithm of ALGORITHMS) {
    await putPolicy([a, b], algorithm, { algorithm, limit: LIMIT, windowMs: LONG_MS });
    await putPolicy([a, b], `wide ${algorithm}`, { algorithm, limit: 1000, windowMs: LONG_MS });
  }
});

/** The replicas and the servers end by themselves, before it. */
afterAll(() => cluster?.stop());

async function startReady(settings: Record<string, string>): Promise<TestApp> {
  const app = await startReplica(settings);
  const ready = async () => (await app.request('GET', '/health/ready')).body.status === 'ok';
  await waitFor(ready, { what: 'the app to be ready', timeoutMs: 20_000 });
  return app;
}

const evenly = (i: number) => (i % 2 ? b : a);
const spread = (name: string) => Array.from({ length: 6 }, (_, i) => `${name}-${i}`);

/** Asks many times at once, on both replicas; how many passed. */
async function passed(times: number, checks: Parameters<typeof decide>[1]): Promise<number> {
  const answers = await Promise.all(Array.from({ length: times }, (_, i) => decide(evenly(i), checks)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  return answers.filter(({ body }) => body.allowed).length;
}

describe.each(ALGORITHMS)('%s in a Cluster', (policy) => {
  it('decides under several policies for one key at once: all are charged, or none', async () => {
    const checks = [
      { policy: `wide ${policy}`, key: 'one' },
      { policy, key: 'one', cost: 2 },
    ];
    expect(await passed(30, checks)).toBe(2);
    expect(await leftOf(a, `wide ${policy}`, 'one')).toBe(998);
    expect(await leftOf(b, policy, 'one')).toBe(0);
  });

  it('charges nothing of a key for a moment when another policy of it refuses', async () => {
    await decide(a, [{ policy, key: 'moment', cost: LIMIT }]);
    await decide(a, [{ policy: `wide ${policy}`, key: 'moment', cost: 999 }]);
    const refused = [
      { policy: `wide ${policy}`, key: 'moment' },
      { policy, key: 'moment' },
    ];
    const [others, last] = await Promise.all([passed(30, refused), decide(b, refused.slice(0, 1))]);
    expect([others, last.body.allowed]).toEqual([0, true]);
  });

  it('takes back what it has charged of other keys when a later one refuses, and asks the rest', async () => {
    const [first, second, poor, last] = spread('taken back');
    const wide = `wide ${policy}`;
    await decide(a, [{ policy, key: poor, cost: 3 }]);
    const checks = [
      { policy: wide, key: first, cost: 10 },
      { policy: wide, key: second },
      { policy: wide, key: poor },
      { policy, key: poor, cost: 2 },
      { policy: wide, key: last, cost: 5 },
    ];
    const { body } = await decide(b, checks);
    expect(body.allowed).toBe(false);
    expect(body.decisions).toMatchObject([
      { policy: wide, allowed: true, remaining: 1000 },
      { policy: wide, allowed: true, remaining: 1000 },
      { policy: wide, allowed: true, remaining: 1000 },
      { policy, allowed: false, remaining: 1 },
      { policy: wide, allowed: true, remaining: 1000 },
    ]);
    for (const key of [first, second, poor, last]) expect(await leftOf(a, wide, key)).toBe(1000);
    expect(await leftOf(a, policy, poor)).toBe(1);
    await refund(a, [{ policy, key: poor, cost: 1 }]);
    const passes = async () => (await decide(b, checks)).body.allowed as boolean;
    await waitFor(passes, { what: 'the refund to be heard' });
    expect(await Promise.all([first, second, last].map((key) => leftOf(a, wide, key)))).toEqual([
      990, 999, 995,
    ]);
  });
});

describe('keys of several nodes', () => {
  it('are charged alike by many at once, and the scarcest lets no more pass than it may', async () => {
    const checks = [
      ...spread('crowd').map((key) => ({ policy: 'wide fixed-window', key })),
      { policy: 'sliding-window-log', key: 'crowd' },
    ];
    const count = await passed(30, checks);
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThanOrEqual(LIMIT);
    const left = await Promise.all(checks.map(({ policy, key }) => leftOf(b, policy, key)));
    expect(left).toEqual([...Array(6).fill(1000 - count), LIMIT - count]);
    const nodes = await Promise.all(cluster.masters.map((master) => counterKeys(master)));
    expect(nodes.filter((keys) => keys.length > 0).length).toBeGreaterThan(1);
  });

  it('are refunded together, peeked at and reset', async () => {
    const checks = spread('several').map((key) => ({ policy: 'token-bucket', key, cost: 3 }));
    expect((await decide(a, checks)).body.allowed).toBe(true);
    const { body } = await refund(
      b,
      checks.map((check) => ({ ...check, cost: 2 })),
    );
    expect(body.decisions.map(({ remaining }: { remaining: number }) => remaining)).toEqual(Array(6).fill(3));
    for (const { policy, key } of checks) {
      expect((await a.request('DELETE', keyPath(policy, key))).status).toBe(204);
      expect(await leftOf(b, policy, key)).toBe(LIMIT);
    }
  });

  it('are not charged when one of them cannot be asked', async () => {
    const policy = 'wide fixed-window';
    const [answering, silent] = await keysOf([cluster.masters[1], cluster.masters[2]], policy);
    const hasty = await startReady({ REDIS_URL: cluster.url, REDIS_COMMAND_TIMEOUT_MS: '300' });
    const checks = [answering, silent].map((key) => ({ policy, key, cost: 100 }));
    await cluster.masters[2].client.client('PAUSE', 60_000, 'WRITE');
    const { body } = await decide(hasty, checks);
    await cluster.masters[2].client.client('UNPAUSE');
    // Without an answer of Redis a policy allows, and nothing was spent.
    expect(body.decisions).toMatchObject([{ allowed: true, remaining: 1000 }, { allowed: true }]);
    await waitFor(
      async () => {
        expect(await leftOf(b, policy, answering)).toBe(999);
        return true;
      },
      { what: 'the charge to be gone' },
    );
  });
});

/** For each of the masters, one after the other, a key whose counter it has, with one hit. */
async function keysOf(masters: readonly TestRedis[], policy: string): Promise<string[]> {
  const found: string[] = [];
  for (const master of masters) {
    const before = await counterKeys(master);
    for (let place = 0; found.length < masters.indexOf(master) + 1; place += 1) {
      const key = `of ${master.port} ${place}`;
      await decide(a, [{ policy, key }]);
      if ((await counterKeys(master)).length > before.length) found.push(key);
    }
  }
  return found;
}
