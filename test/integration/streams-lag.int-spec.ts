import { GroupsService, Retention, StreamsService } from '../../src/events/index.js';
import { TestApp } from '../support/app.js';
import { Random } from '../support/random.js';
import { TestRedis } from '../support/redis-server.js';
import { consumersApp, streamKey } from '../support/streams.js';

const SEQUENCES = 2000;
const STEPS = 20;
const AT_ONCE = 20;

let redis: TestRedis;
let streams: StreamsService;
let groups: GroupsService;
let retention: Retention;

beforeAll(async () => {
  redis = await TestRedis.start();
  const app = await TestApp.start(
    { REDIS_URL: redis.url, REDIS_COMMAND_TIMEOUT_MS: '30000' },
    consumersApp(),
  );
  [streams, groups, retention] = [app.get(StreamsService), app.get(GroupsService), app.get(Retention)];
});

/** What was not delivered yet, counted one by one. */
async function notDelivered(stream: string): Promise<number> {
  const [facts] = (await redis.client.xinfo('GROUPS', streamKey(stream))) as unknown[][];
  const last = String(facts[facts.indexOf('last-delivered-id') + 1]);
  return (await redis.client.xrange(streamKey(stream), `(${last}`, '+')).length;
}

/** @returns how often the lag was known, and unknown. */
async function sequence(seed: number): Promise<[known: number, unknown: number]> {
  const random = new Random(seed);
  const stream = `s${seed}`;
  const taken: string[] = [];
  const some = () => Array.from({ length: Math.min(taken.length, 3) }, () => random.pick(taken));
  const steps: Record<string, () => Promise<unknown>> = {
    publish: () =>
      streams.publishMany(
        stream,
        Array.from({ length: random.integer(1, 5) }, (_, data) => ({ type: 't', data })),
      ),
    take: async () => {
      const request = { consumer: `c${random.integer(1, 2)}`, maxCount: random.integer(1, 4), waitMs: 0 };
      for (const { id } of await groups.take(stream, 'g', request)) taken.push(id);
    },
    ack: async () => taken.length > 0 && groups.ack(stream, 'g', some()),
    nack: async () => taken.length > 0 && groups.nack(stream, 'g', some(), 0),
    // Also of what was not delivered yet.
    trim: () => retention.trim(stream, { kept: random.integer(1, 3), max: random.integer(1, 8) }),
  };
  if (random.chance(0.5)) await steps.publish();
  await groups.define(stream, 'g', { startAt: random.pick(['beginning', 'now']), maxDeliveries: 3 });
  let [known, unknown] = [0, 0];
  for (let step = 0; step < STEPS; step += 1) {
    await steps[random.pick(Object.keys(steps))]();
    const [{ lag }, counted] = [await groups.inspect(stream, 'g'), await notDelivered(stream)];
    if (lag === null) unknown += 1;
    else known += 1;
    if (lag !== null) expect([seed, step, lag]).toEqual([seed, step, counted]);
  }
  await redis.client.del(streamKey(stream));
  return [known, unknown];
}

it('tells the lag of a group as counting does, or that it is unknown', async () => {
  const sum: [number, number] = [0, 0];
  let seed = 0;
  const work = async () => {
    while (seed < SEQUENCES) {
      const [known, unknown] = await sequence((seed += 1));
      sum[0] += known;
      sum[1] += unknown;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  expect(sum[0] + sum[1]).toBe(SEQUENCES * STEPS);
  // It would be no use if it were hardly ever known.
  expect(sum[0]).toBeGreaterThan(0.9 * SEQUENCES * STEPS);
}, 300_000);
