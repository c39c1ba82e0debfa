import path from 'node:path';
import type { Policy } from '../../src/rate-limit/index.js';
import { type NodeChild, spawnNode } from '../support/child.js';
import type { Order, Report } from '../support/fixtures/decider.js';
import { ALGORITHMS, counterKeys } from '../support/rate-limits.js';
import { TestRedis } from '../support/redis-server.js';
import { shiftedClock } from '../support/shifted-clock.js';
import { waitFor } from '../support/wait-for.js';

const SCRIPT = path.join(__dirname, '..', 'support', 'fixtures', 'decider.ts');
const PROCESSES = 8;
const TIMES = 250;
const HOUR_MS = 3_600_000;
/** Long enough that no bucket gets anything back while a test runs. */
const DAY_MS = 24 * HOUR_MS;
const SHORT_MS = 500;

/** In ms, by the place of the process: one is an hour ahead of the others, and one behind. */
const CLOCK_SHIFTS = [0, 0, 0, 0, 0, 0, HOUR_MS, -HOUR_MS];

let redis: TestRedis;
let children: NodeChild[];

beforeAll(async () => {
  redis = await TestRedis.start();
  const env = { REDIS_URL: redis.url, REDIS_COMMAND_TIMEOUT_MS: '20000', CACHE_REDIS_URL: undefined };
  children = CLOCK_SHIFTS.map((ms) => spawnNode(SCRIPT, { env, execArgv: ms === 0 ? [] : shiftedClock(ms) }));
  await Promise.all(children.map((child) => child.waitForLine(/^ready$/, { timeoutMs: 50_000 })));
});

async function order(child: NodeChild, what: Order): Promise<Report> {
  const after = child.lines.length;
  child.writeLine(JSON.stringify(what));
  const [line] = await child.waitForLine(/^\{.*\}$/, { after, stream: 'stdout', timeoutMs: 30_000 });
  return JSON.parse(line) as Report;
}

const policyOf = (place: number, fields: Partial<Policy> = {}): Policy => {
  const algorithm = ALGORITHMS[place % ALGORITHMS.length];
  return { name: algorithm, algorithm, limit: 5, windowMs: DAY_MS, ...fields };
};

describe(`${PROCESSES} processes with ${TIMES} requests each at once`, () => {
  it.each(Array.from({ length: 20 }, (_, round) => [round, ALGORITHMS[round % 5]] as const))(
    'admit exactly the limit, round %d, %s',
    async (round) => {
      const limit = 1 + Math.floor((PROCESSES * TIMES * ((round * 7) % 20)) / 20);
      const what = { policies: [policyOf(round, { limit })], key: `round-${round}`, times: TIMES };
      const reports = await Promise.all(children.map((child) => order(child, what)));
      const decisions = reports.flatMap((report) => report.decisions);
      expect(decisions).toHaveLength(PROCESSES * TIMES);
      const left = decisions.filter(({ allowed }) => allowed).map((each) => each.decisions[0].remaining);
      expect(left.sort((one, other) => one - other)).toEqual(Array.from({ length: limit }, (_, i) => i));
    },
  );

  it('charge both of two policies, or neither', async () => {
    const policies = [policyOf(0, { limit: 300 }), policyOf(1, { limit: 500 })];
    const reports = await Promise.all(
      children.map((child) => order(child, { policies, key: 'both', times: TIMES })),
    );
    const allowed = reports.flatMap((report) => report.decisions).filter((decision) => decision.allowed);
    expect(allowed).toHaveLength(300);
    const left = allowed.map(({ decisions: [, wide] }) => wide.remaining);
    expect(left.sort((one, other) => one - other)).toEqual(Array.from({ length: 300 }, (_, i) => 200 + i));
  });
});

describe('processes whose clocks are hours apart', () => {
  it.each(ALGORITHMS)('decide the same: %s', async (name) => {
    const place = ALGORITHMS.indexOf(name);
    const [right, ahead, behind] = [children[0], ...children.slice(-2)];
    const policies = [policyOf(place, { limit: 7, windowMs: 2 * HOUR_MS })];
    const reports = [];
    for (const child of [ahead, behind, right, ahead, behind, right]) {
      reports.push(await order(child, { policies, key: 'clocks', times: 2 }));
    }
    expect(reports[0].now - reports[1].now).toBeGreaterThan(HOUR_MS);
    const decisions = reports.flatMap((report) => report.decisions);
    expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(7);
    const moments = decisions.flatMap(({ chargedAt }) => chargedAt ?? []);
    expect(moments).toHaveLength(12);
    expect(moments).toEqual(moments.toSorted((one, other) => one - other));
    expect(moments.at(-1)! - moments[0]).toBeLessThan(HOUR_MS / 2);
    const waits = reports.slice(-3).map((report) => report.decisions[1].decisions[0].retryAfterMs);
    expect(Math.max(...waits) - Math.min(...waits)).toBeLessThan(HOUR_MS / 2);
  });
});

describe('the counters in Redis', () => {
  const policies = ALGORITHMS.map((_algorithm, place) =>
    policyOf(place, { limit: 1000, windowMs: SHORT_MS }),
  );

  beforeAll(() => redis.client.flushall());

  /** Nothing outlives the window; after that nothing is there. */
  async function expectAllGone(): Promise<void> {
    for (const key of await counterKeys(redis)) {
      const left = await redis.client.pttl(key);
      expect(left).not.toBe(-1);
      expect(left).toBeLessThanOrEqual(SHORT_MS);
    }
    await waitFor(async () => (await counterKeys(redis)).length === 0, { what: 'the counters to be gone' });
  }

  it('are gone a window after the last request, of every algorithm', async () => {
    const reports = await Promise.all(
      children.map((child) => order(child, { policies, key: 'ends', times: 20 })),
    );
    for (const { decisions } of reports) expect(decisions.some(({ allowed }) => allowed)).toBe(true);
    await expectAllGone();
  });

  it('are gone also when the processes were killed in the middle of it', async () => {
    children.forEach((child, i) => child.writeLine(JSON.stringify({ policies, key: `killed-${i}` })));
    const underWay = async () => (await counterKeys(redis)).length > PROCESSES * ALGORITHMS.length;
    await waitFor(underWay, { what: 'the requests to be under way' });
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(children.map((child) => child.exited));
    await expectAllGone();
    expect(await redis.client.keys('*:{policies}:*')).toEqual([]);
  });
});
