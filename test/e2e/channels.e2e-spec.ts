import { connect, type Socket } from 'node:net';
import { EventSource } from 'eventsource';
import { TestApp } from '../support/app.js';
import { TestRedis } from '../support/redis-server.js';
import { consumersApp } from '../support/streams.js';
import { waitFor } from '../support/wait-for.js';

let redis: TestRedis;
let here: TestApp;
let there: TestApp;

beforeAll(async () => {
  redis = await TestRedis.start();
  const start = () => TestApp.start({ REDIS_URL: redis.url }, consumersApp());
  [here, there] = await Promise.all([start(), start()]);
});

const publish = (channel: string, data: unknown) =>
  there.request('POST', `/v1/channels/${encodeURIComponent(channel)}/messages`, { body: { data } });

const numSub = async (channel: string) =>
  ((await redis.client.pubsub('NUMSUB', `holdfast:default:channels:${channel}`)) as [string, number])[1];

/** A client of channels, and what it has received. */
async function listen(query: string): Promise<{ source: EventSource; received: unknown[]; gaps: unknown[] }> {
  const source = new EventSource(`${here.url}/v1/channels/subscription?${query}`);
  const received: unknown[] = [];
  const gaps: unknown[] = [];
  source.addEventListener('message', ({ data }) => received.push(JSON.parse(data as string)));
  source.addEventListener('gap', ({ data }) => gaps.push(data));
  await waitFor(() => source.readyState === EventSource.OPEN, { what: 'the connection to be open' });
  return { source, received, gaps };
}

it('brings messages to event sources, by name and pattern', async () => {
  const { source, received } = await listen('channel=a&channel=b%0A&pattern=user-activity:*');
  expect((await publish('a', { n: 1 })).body).toEqual({ receivers: 1 });
  await publish('b\n', 'two\r\nlines\n\ndata: x');
  await publish('user-activity:7', null);
  await publish('elsewhere', 4);
  await publish('a', [5]);
  await waitFor(() => received.length === 4, { what: 'the messages' });
  expect(received).toEqual([
    { channel: 'a', data: { n: 1 } },
    { channel: 'b\n', data: 'two\r\nlines\n\ndata: x' },
    { channel: 'user-activity:7', data: null },
    { channel: 'a', data: [5] },
  ]);
  source.close();
  await waitFor(async () => (await numSub('a')) === 0, { what: 'the subscription to end' });
});

it('subscribes once for two hundred clients', async () => {
  const clients = await Promise.all(Array.from({ length: 200 }, () => listen('channel=crowd')));
  expect(await numSub('crowd')).toBe(1);
  expect((await publish('crowd', 1)).body).toEqual({ receivers: 1 });
  await waitFor(() => clients.every(({ received }) => received.length === 1), { what: 'all clients' });
  for (const { source } of clients) source.close();
  await waitFor(async () => (await numSub('crowd')) === 0, { what: 'the subscription to end' });
});

it('announces a gap when messages may be lost', async () => {
  const { source, received, gaps } = await listen('channel=cut&pattern=c*');
  await redis.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
  await waitFor(() => gaps.length === 1, { what: 'the gap' });
  await publish('cut', 1);
  await waitFor(() => received.length === 2, { what: 'the message, by name and by pattern' });
  expect(gaps).toHaveLength(1);
  source.close();
});

it('cuts a client that does not read', async () => {
  const { hostname, port } = new URL(here.url);
  const socket: Socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write('GET /v1/channels/subscription?channel=slow HTTP/1.1\r\nhost: x\r\n\r\n');
  socket.pause();
  await waitFor(async () => (await numSub('slow')) === 1, { what: 'the client to listen' });
  const metrics = async () => (await fetch(`${here.url}/metrics`)).text();
  await waitFor(async () => (await metrics()).includes('\nholdfast_sse_clients 1\n'), {
    what: 'the client to be the only one that is shown',
  });
  const data = 'x'.repeat(500_000);
  await waitFor(async () => (await publish('slow', data)).body.receivers === 0, {
    what: 'the client to be cut',
    timeoutMs: 60_000,
  });
  const after = await metrics();
  expect(after).toContain('\nholdfast_sse_clients 0\n');
  expect(after).toContain('\nholdfast_sse_clients_cut_total 1\n');
  socket.destroy();
});

it.each([
  ['', 'channel'],
  ['?channel=', 'channel'],
  [`?channel=${'x'.repeat(300)}`, 'channel'],
  [`?pattern=${'x'.repeat(300)}`, 'pattern'],
  [`?${Array.from({ length: 65 }, (_, n) => `channel=${n}`).join('&')}`, 'channel'],
  [`?pattern=p&${Array.from({ length: 64 }, (_, n) => `channel=${n}`).join('&')}`, 'channel'],
  ['?channel=a&unknown=1', 'unknown'],
])('refuses the subscription %s', async (query, at) => {
  const { status, body } = await here.request('GET', `/v1/channels/subscription${query}`);
  expect([status, body.code, body.errors[0].path]).toEqual([400, 'VALIDATION_FAILED', at]);
});

it('refuses messages without data, of unknown properties, too large or on a channel that is none', async () => {
  const send = (channel: string, body: unknown) =>
    here.request('POST', `/v1/channels/${channel}/messages`, { body });
  expect((await send('a', {})).status).toBe(400);
  expect((await send('a', { data: 1, more: 2 })).status).toBe(400);
  expect((await send('x'.repeat(300), { data: 1 })).status).toBe(400);
  expect((await send('a', { data: 'x'.repeat(1_100_000) })).status).toBe(413);
});

it('ends event streams when the server ends, and answers 503 while Redis is away', async () => {
  const own = await TestRedis.start();
  const app = await TestApp.start({ REDIS_URL: own.url, REDIS_COMMAND_TIMEOUT_MS: '500' }, consumersApp());
  const response = await fetch(`${app.url}/v1/channels/subscription?channel=a`);
  await own.kill();
  await waitFor(
    async () => (await app.request('GET', '/v1/channels/subscription?channel=b')).status === 503,
    {
      what: 'a new subscription to be refused',
    },
  );
  const refused = await app.request('POST', '/v1/channels/a/messages', { body: { data: 1 } });
  expect([refused.status, refused.body.code]).toEqual([503, 'STATE_STORE_UNAVAILABLE']);
  const text = response.text();
  await app.stop();
  expect(await text).toContain('retry: 1000');
});
