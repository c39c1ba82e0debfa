import { StreamsService } from '../../src/events/index.js';
import { TestApp } from '../support/app.js';
import { TestRedis } from '../support/redis-server.js';
import { consumersApp, streamKey } from '../support/streams.js';
import { waitFor } from '../support/wait-for.js';

let redis: TestRedis;
let here: TestApp;
let there: TestApp;
let streams: StreamsService;

beforeAll(async () => {
  redis = await TestRedis.start();
  const start = () => TestApp.start({ REDIS_URL: redis.url }, consumersApp());
  [here, there] = await Promise.all([start(), start()]);
  streams = here.get(StreamsService);
});

const path = (stream: string, rest = '') =>
  `/v1/streams/${encodeURIComponent(stream)}/groups/${encodeURIComponent('g {1}')}${rest}`;

async function define(stream: string, body: object = {}): Promise<void> {
  expect((await here.request('PUT', path(stream), { body })).status).toBe(200);
}

async function publish(stream: string, ...data: unknown[]): Promise<string[]> {
  const stored = await streams.publishMany(
    stream,
    data.map((each) => ({ type: 'ordered', data: each })),
  );
  return stored.map(({ id }) => id);
}

const take = async (stream: string, body: object = {}, replica = here) => {
  const answer = await replica.request('POST', path(stream, '/deliveries'), {
    body: { consumer: 'one', ...body },
  });
  expect(answer.status).toBe(200);
  return answer.body.items as {
    id: string;
    event: { data: unknown };
    deliveryCount: number;
    leaseExpiresAt: string;
  }[];
};

const post = async (stream: string, what: string, body: object) => {
  const answer = await there.request('POST', path(stream, `/${what}`), { body });
  expect(answer.status).toBe(200);
  return answer.body as Record<string, unknown>;
};

const state = async (stream: string) =>
  (await here.request('GET', path(stream))).body as Record<string, unknown>;

it('leases each event to one consumer, until it is acknowledged', async () => {
  const ids = await publish('orders', 1, 2, 3);
  await define('orders', { ackTimeoutMs: 60_000 });
  const first = await take('orders', { maxCount: 2 });
  expect(first.map(({ id, event, deliveryCount }) => [id, event.data, deliveryCount])).toEqual([
    [ids[0], 1, 1],
    [ids[1], 2, 1],
  ]);
  const [seconds] = await redis.client.time();
  const leaseMs = Date.parse(first[0].leaseExpiresAt) - Number(seconds) * 1000;
  expect(leaseMs).toBeGreaterThan(50_000);
  expect(leaseMs).toBeLessThan(62_000);
  const second = await take('orders', { consumer: 'two' }, there);
  expect(second.map(({ id }) => id)).toEqual([ids[2]]);
  expect(await take('orders')).toEqual([]);
  expect(await state('orders')).toEqual({
    pending: 3,
    lag: 0,
    consumers: 2,
    deadLetters: 0,
    maxDeliveries: 10,
    ackTimeoutMs: 60_000,
    backoffMs: 1000,
  });
  expect(await post('orders', 'acks', { ids: [ids[0], ids[2], '1-1'] })).toEqual({ acked: 2 });
  expect(await post('orders', 'acks', { ids: [ids[0]] })).toEqual({ acked: 0 });
  expect((await state('orders')).pending).toBe(1);
});

it('answers a long poll with the next event, at any replica', async () => {
  await define('polled');
  const taken = take('polled', { waitMs: 30_000 }, there);
  await waitFor(async () => (await redis.client.exists('holdfast:default:events:{polled}:idle')) === 1, {
    what: 'the poll to wait',
  });
  await publish('polled', 'now');
  expect((await taken).map(({ event }) => event.data)).toEqual(['now']);
  expect(await take('polled', { waitMs: 50 })).toEqual([]);
});

it('delivers what was given back again, and buries it after the last delivery', async () => {
  const [id] = await publish('failing', 'x');
  await define('failing', { maxDeliveries: 2, backoffMs: 0 });
  await take('failing');
  expect(await post('failing', 'nacks', { ids: [id], delayMs: 3_600_000 })).toEqual({ nacked: 1 });
  expect(await take('failing')).toEqual([]);
  expect(await post('failing', 'nacks', { ids: [id] })).toEqual({ nacked: 1 });
  expect((await take('failing')).map(({ deliveryCount }) => deliveryCount)).toEqual([2]);
  expect(await post('failing', 'nacks', { ids: [id] })).toEqual({ nacked: 1 });
  expect(await post('failing', 'nacks', { ids: [id] })).toEqual({ nacked: 0 });
  const letters = await here.request('GET', path('failing', '/dead-letters'));
  expect(letters.body).toMatchObject({
    items: [{ entryId: id, event: { data: 'x' }, reason: 'given back by its consumer', deliveryCount: 2 }],
    nextCursor: null,
  });
  expect(await state('failing')).toMatchObject({ pending: 0, deadLetters: 1 });
});

it('delivers again what nobody acknowledged in time', async () => {
  await publish('left', 'x');
  await define('left', { ackTimeoutMs: 1000 });
  await take('left');
  const [again] = await take('left', { consumer: 'two', waitMs: 20_000 }, there);
  expect(again.deliveryCount).toBe(2);
});

it('redrives dead letters to their group alone, in pages and by id', async () => {
  const ids = await publish('redriven', 1, 2, 3);
  await define('redriven', { maxDeliveries: 1 });
  const other = path('redriven').replace(/[^/]+$/, 'other');
  await here.request('PUT', other, { body: {} });
  await take('redriven');
  await post('redriven', 'nacks', { ids });
  const page = (await here.request('GET', path('redriven', '/dead-letters?limit=2'))).body;
  expect(page.items.map(({ event }: { event: { data: unknown } }) => event.data)).toEqual([1, 2]);
  const rest = await here.request('GET', path('redriven', `/dead-letters?cursor=${page.nextCursor}`));
  expect(rest.body.items).toHaveLength(1);
  expect(await post('redriven', 'dead-letters/redrive', { ids: [page.items[1].id] })).toEqual({
    redriven: 1,
  });
  expect((await take('redriven')).map(({ event, deliveryCount }) => [event.data, deliveryCount])).toEqual([
    [2, 1],
  ]);
  expect(await post('redriven', 'dead-letters/redrive', {})).toEqual({ redriven: 2 });
  expect((await take('redriven')).map(({ event }) => event.data)).toEqual([1, 3]);
  expect((await state('redriven')).deadLetters).toBe(0);
  const others = await here.request('POST', `${other}/deliveries`, {
    body: { consumer: 'x', maxCount: 100 },
  });
  expect(others.body.items).toHaveLength(3);
  expect((await streams.read('redriven')).items).toHaveLength(3);
});

it('begins where it is told to, once', async () => {
  const [first] = await publish('begun', 1, 2);
  await define('begun', { startAt: first });
  expect((await take('begun')).map(({ event }) => event.data)).toEqual([2]);
  await define('begun', { startAt: 'beginning' });
  expect(await take('begun')).toEqual([]);
  await define('fresh', { startAt: 'now' });
  await publish('fresh', 'after');
  expect((await take('fresh')).map(({ event }) => event.data)).toEqual(['after']);
});

it.each<[string, string, object | undefined, number, string]>([
  ['POST', '/deliveries', { consumer: 'c', maxCount: 0 }, 400, 'VALIDATION_FAILED'],
  ['POST', '/deliveries', { consumer: 'c', maxCount: 1001 }, 400, 'VALIDATION_FAILED'],
  ['POST', '/deliveries', { consumer: '' }, 400, 'VALIDATION_FAILED'],
  ['POST', '/deliveries', { consumer: 'c', waitMs: 30_001 }, 400, 'VALIDATION_FAILED'],
  ['POST', '/deliveries', {}, 400, 'VALIDATION_FAILED'],
  ['POST', '/deliveries', { consumer: 'c' }, 404, 'GROUP_NOT_FOUND'],
  ['POST', '/acks', { ids: [] }, 400, 'VALIDATION_FAILED'],
  ['POST', '/acks', { ids: ['1'] }, 400, 'VALIDATION_FAILED'],
  ['POST', '/acks', { ids: ['1-1', 'x-1'] }, 400, 'VALIDATION_FAILED'],
  ['POST', '/acks', { ids: ['1-1'] }, 404, 'GROUP_NOT_FOUND'],
  ['POST', '/nacks', { ids: ['1-1'], delayMs: -1 }, 400, 'VALIDATION_FAILED'],
  ['POST', '/nacks', { ids: ['1-1'] }, 404, 'GROUP_NOT_FOUND'],
  ['GET', '', undefined, 404, 'GROUP_NOT_FOUND'],
  ['GET', '/dead-letters', undefined, 404, 'GROUP_NOT_FOUND'],
  ['GET', '/dead-letters?limit=0', undefined, 400, 'VALIDATION_FAILED'],
  ['GET', '/dead-letters?cursor=x', undefined, 400, 'VALIDATION_FAILED'],
  ['POST', '/dead-letters/redrive', {}, 404, 'GROUP_NOT_FOUND'],
  ['POST', '/dead-letters/redrive', { ids: ['-'] }, 400, 'VALIDATION_FAILED'],
  ['PUT', '', { maxDeliveries: 0 }, 400, 'VALIDATION_FAILED'],
  ['PUT', '', { ackTimeoutMs: 999 }, 400, 'VALIDATION_FAILED'],
  ['PUT', '', { backoffMs: -1 }, 400, 'VALIDATION_FAILED'],
  ['PUT', '', { startAt: 'then' }, 400, 'VALIDATION_FAILED'],
  ['PUT', '', { startAt: '99999999999999999999-0' }, 400, 'VALIDATION_FAILED'],
  ['PUT', '', { concurrency: 3 }, 400, 'VALIDATION_FAILED'],
])('refuses %s %s with %j', async (method, rest, body, status, code) => {
  const answer = await here.request(method, path('refused', rest), body && { body });
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  expect(await redis.client.exists(streamKey('refused'))).toBe(0);
});

it('refuses names that are too long', async () => {
  for (const name of ['x'.repeat(300), 'ü'.repeat(129)]) {
    const stream = await here.request('PUT', path(name), { body: {} });
    const group = await here.request('PUT', `/v1/streams/refused/groups/${encodeURIComponent(name)}`, {
      body: {},
    });
    expect([stream.status, group.status]).toEqual([400, 400]);
  }
  expect(await redis.client.exists(streamKey('refused'))).toBe(0);
});

it('leaves a group that is unknown unknown when it acknowledges', async () => {
  await publish('ungrouped', 1);
  expect((await here.request('POST', path('ungrouped', '/acks'), { body: { ids: ['1-1'] } })).status).toBe(
    404,
  );
  expect((await here.request('POST', path('ungrouped', '/nacks'), { body: { ids: ['1-1'] } })).status).toBe(
    404,
  );
});
