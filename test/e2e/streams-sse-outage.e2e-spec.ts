import { StreamsService } from '../../src/events/index.js';
import { TestApp } from '../support/app.js';
import { EventStream } from '../support/event-stream.js';
import { TestRedis } from '../support/redis-server.js';
import { consumersApp } from '../support/streams.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';

/** Longer than the fifteen seconds between two heartbeats. */
const PATIENT = { timeoutMs: 60_000 };

let redis: TestRedis;
let proxy: TcpProxy;
let app: TestApp;
let publisher: StreamsService;
let url: string;

beforeAll(async () => {
  redis = await TestRedis.start();
  proxy = await TcpProxy.start({ target: { host: '127.0.0.1', port: redis.port } });
  app = await TestApp.start({ REDIS_URL: `redis://127.0.0.1:${proxy.port}` }, consumersApp());
  publisher = (await TestApp.start({ REDIS_URL: redis.url }, consumersApp())).get(StreamsService);
  url = `${app.url}/v1/streams/s/events`;
});

afterAll(() => proxy?.close());

const publish = (data: number) => publisher.publish('s', { type: 't', data });

it('clients of server-sent events stay while Redis is away, and have what they missed when it is back', async () => {
  await publish(1);
  const clients = await Promise.all([EventStream.open(`${url}?after=0`), EventStream.open(`${url}?after=0`)]);
  await Promise.all(clients.map((client) => client.received(1)));
  for (const missed of [2, 5]) {
    proxy.drop();
    await waitFor(async () => (await app.request('GET', '/v1/streams/s/events')).status === 503, {
      what: 'Redis to be away',
      ...PATIENT,
    });
    await publish(missed);
    await publish(missed + 1);
    proxy.heal();
    await Promise.all(clients.map((client) => client.received(missed + 1)));
    await publish(missed + 2);
    await Promise.all(clients.map((client) => client.received(missed + 2)));
  }
  for (const client of clients) {
    expect(client.data).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(client.events).toHaveLength(7);
    expect(client.isClosed).toBe(false);
  }
});

it('a client that is sent nothing is sent heartbeats, on channels as well', async () => {
  const clients = await Promise.all([
    EventStream.open(url),
    EventStream.open(`${app.url}/v1/channels/subscription?channel=c`),
  ]);
  await waitFor(() => clients.every(({ heartbeats }) => heartbeats > 0), { what: 'heartbeats', ...PATIENT });
  expect(clients.map(({ events }) => events)).toEqual([[], []]);
});
