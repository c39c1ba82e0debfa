import path from 'node:path';
import { type NodeChild, spawnNode } from '../support/child.js';
import { Random } from '../support/random.js';
import { TestRedis } from '../support/redis-server.js';
import { streamKey } from '../support/streams.js';
import { waitFor } from '../support/wait-for.js';

const WORKER = path.join(__dirname, '../support/fixtures/stream-worker.ts');
/** `KILLS=all npm test -- streams-kills` does all of it, which takes as long as half of all other tests do; without it a quarter. */
const SHARE = process.env.KILLS === 'all' ? 1 : 4;
const EVENTS = 200_000 / SHARE;
const CONSUMERS = 4;
/** By each of them. */
const CONSUMER_KILLS = Math.ceil(200 / SHARE / CONSUMERS);
const PRODUCER_KILLS = 20 / SHARE;
const REDIS_KILLS = Math.ceil(5 / SHARE);
const GROUPS = ['a', 'b', 'c'];
const AOF = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
const A_LONG_TIME = { timeoutMs: 600_000, intervalMs: 500 };

let redis: TestRedis;

beforeEach(async () => {
  redis = await TestRedis.start({ args: AOF });
});

function start(...args: string[]): NodeChild {
  const env = {
    LOG_LEVEL: 'silent',
    REDIS_URL: redis.url,
    REDIS_COMMAND_TIMEOUT_MS: '5000',
    EVENTS_KEPT: '100000',
  };
  return spawnNode(WORKER, { env, args });
}

/** Kills processes of a kind, one after the other, each when the one that takes its place is at work. */
async function killing(times: number, next: (last: NodeChild | undefined) => NodeChild): Promise<NodeChild> {
  let child = next(undefined);
  for (let kills = 0; kills < times; kills += 1) {
    await child.waitForLine(/^ready$/, { timeoutMs: 120_000 });
    child.kill('SIGKILL');
    await child.exited;
    child = next(child);
  }
  return child;
}

it('loses no event that was acknowledged, and doubles no effect, whoever is killed', async () => {
  const stored = new Set<number>();
  /** From the first number that is not known to be stored. */
  const producing = killing(PRODUCER_KILLS, (last) => {
    for (const [, n] of last?.stdout.matchAll(/^stored (\d+)$/gm) ?? []) stored.add(Number(n));
    let first = 0;
    while (stored.has(first)) first += 1;
    return start('produce', String(first), String(EVENTS));
  });
  const lanes = Array.from({ length: CONSUMERS }, () => killing(CONSUMER_KILLS, () => start('consume')));
  const random = new Random(8);
  for (let kills = 0; kills < REDIS_KILLS; kills += 1) {
    const length = await redis.client.xlen(streamKey('work'));
    const more = length + random.integer(1000, EVENTS / REDIS_KILLS / 2);
    await waitFor(async () => (await redis.client.xlen(streamKey('work'))) >= Math.min(more, EVENTS), {
      what: 'more events',
      ...A_LONG_TIME,
    });
    await redis.kill();
    redis = await redis.restart(AOF);
  }
  const producer = await producing;
  await producer.waitForLine(/^done$/, { timeoutMs: 600_000 });
  const consumers = await Promise.all(lanes);
  const effects = (group: string) => redis.client.hlen(`effects-${group}{work}`);
  await waitFor(async () => (await Promise.all(GROUPS.map(effects))).every((count) => count === EVENTS), {
    what: 'every event to be handled by every group',
    ...A_LONG_TIME,
  });
  for (const group of GROUPS) {
    const counts = await redis.client.hvals(`effects-${group}{work}`);
    expect(counts.filter((count) => count !== '1')).toEqual([]);
  }
  const facts = (await redis.client.xinfo('STREAM', streamKey('work'))) as unknown[];
  expect(facts[facts.indexOf('entries-added') + 1]).toBe(EVENTS);
  for (const consumer of consumers) consumer.kill('SIGTERM');
  await Promise.all(consumers.map(({ exited }) => exited));
}, 1_200_000);
