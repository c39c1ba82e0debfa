import { StreamsService } from '../../src/events/index.js';
import { TestApp } from '../support/app.js';
import { EventStream } from '../support/event-stream.js';
import { Random } from '../support/random.js';
import { TestRedis } from '../support/redis-server.js';
import { consumersApp, streamKey } from '../support/streams.js';
import { waitFor } from '../support/wait-for.js';

const CLIENTS = 1000;
const EVENTS = 2000;
const BATCH = 40;

/** A client that comes back after each cut, at whatever replica, and goes on where it was. */
class Returning {
  readonly ids: string[] = [];
  gaps = 0;
  private stream?: EventStream;
  private taken = 0;

  constructor(private readonly urls: readonly string[]) {}

  async open(random: Random): Promise<void> {
    const last = this.ids.at(-1);
    const url = random.pick(this.urls);
    this.stream = last
      ? await EventStream.open(url, { 'last-event-id': last })
      : await EventStream.open(`${url}?after=0`);
    this.taken = 0;
  }

  take(): number {
    const { events } = this.stream ?? { events: [] };
    for (; this.taken < events.length; this.taken += 1) {
      const { id, event } = events[this.taken];
      if (event === 'gap') this.gaps += 1;
      else this.ids.push(id ?? 'none');
    }
    return this.ids.length;
  }

  cut(): void {
    this.stream?.cut();
    this.take();
  }
}

describe(`${CLIENTS} clients of a stream, cut at random`, () => {
  let redis: TestRedis;
  let apps: TestApp[];
  let urls: string[];

  beforeAll(async () => {
    redis = await TestRedis.start();
    const replicas = [1, 2].map(() => TestApp.start({ REDIS_URL: redis.url }, consumersApp()));
    apps = await Promise.all(replicas);
    urls = apps.map(({ url }) => `${url}/v1/streams/s/events`);
  });

  it('have every event once and in order', async () => {
    const random = new Random(8);
    const clients = Array.from({ length: CLIENTS }, () => new Returning(urls));
    await Promise.all(clients.map((client) => client.open(random)));
    const publishers = apps.map((app) => app.get(StreamsService));
    const ids: string[] = [];
    let cuts = 0;
    for (let sent = 0; sent < EVENTS; sent += BATCH) {
      const draft = { type: 'test', data: sent };
      const batch = Array.from({ length: BATCH }, (_, n) => publishers[n % 2].publish('s', draft));
      const unlucky = clients.filter(() => random.chance(0.05));
      await Promise.all([
        ...batch.map(async (published) => ids.push((await published).id)),
        ...unlucky.map((client) => {
          client.cut();
          cuts += 1;
          return client.open(random);
        }),
      ]);
    }
    const expected = (await redis.client.xrange(streamKey('s'), '-', '+')).map(([id]) => id);
    expect(new Set(ids)).toEqual(new Set(expected));
    const isDone = () => clients.every((client) => client.take() >= EVENTS);
    await waitFor(isDone, { what: 'all events at all clients', timeoutMs: 60_000 });
    expect(cuts).toBeGreaterThan(1000);
    expect(clients.filter((client) => client.ids.join() !== expected.join())).toEqual([]);
    expect(clients.filter(({ gaps }) => gaps > 0)).toEqual([]);
    clients.forEach((client) => client.cut());
    const held = () => redis.client.zcard(streamKey('s').replace(':stream', ':idle'));
    await publishers[0].publish('s', { type: 'test' });
    await waitFor(async () => (await held()) === 0, { what: 'nobody to wait for the stream' });
  }, 180_000);
});
