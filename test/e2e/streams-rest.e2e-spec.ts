import { EventSource } from 'eventsource';
import { TestApp } from '../support/app.js';
import { EventStream } from '../support/event-stream.js';
import { TestRedis } from '../support/redis-server.js';
import { consumersApp, streamKey } from '../support/streams.js';
import { waitFor } from '../support/wait-for.js';

const CLOUD_EVENT = { 'content-type': 'application/cloudevents+json' };
const EVENT = { specversion: '1.0', id: 'e-1', source: '/orders', type: 'order.placed', data: { total: 5 } };

let redis: TestRedis;
let app: TestApp;
let other: TestApp;

beforeAll(async () => {
  redis = await TestRedis.start();
  const replicas = [1, 2].map(() => TestApp.start({ REDIS_URL: redis.url }, consumersApp()));
  [app, other] = await Promise.all(replicas);
});

beforeEach(() => redis.client.flushall());

const urlOf = (stream: string, query = '') => `${app.url}/v1/streams/${stream}/events${query}`;

async function publish(stream: string, ...data: unknown[]): Promise<string[]> {
  const ids: string[] = [];
  for (const each of data) {
    const { status, body } = await app.request('POST', `/v1/streams/${stream}/events`, {
      body: { type: 'test', data: each },
    });
    expect(status).toBe(201);
    ids.push((body as { id: string }).id);
  }
  return ids;
}

describe('POST /v1/streams/{stream}/events', () => {
  it('stores an event, which is read back as a CloudEvent', async () => {
    const time = '2026-11-30T12:00:00Z';
    const body = { type: 'order.placed', data: { total: 5 }, key: 'o-1', time };
    const answer = await app.request('POST', '/v1/streams/orders/events', { body });
    expect(answer).toMatchObject({ status: 201, body: { id: expect.stringMatching(/^\d+-\d+$/) as string } });
    const { body: page } = await app.request('GET', '/v1/streams/orders/events');
    expect(page).toEqual({
      items: [
        {
          id: (answer.body as { id: string }).id,
          event: {
            specversion: '1.0',
            id: expect.any(String) as string,
            source: '/v1/streams/orders',
            type: 'order.placed',
            time,
            datacontenttype: 'application/json',
            partitionkey: 'o-1',
            data: { total: 5 },
          },
        },
      ],
      nextCursor: null,
    });
  });

  it('stores a CloudEvent as it is, and once', async () => {
    const publishIt = (to: TestApp) =>
      to.request('POST', '/v1/streams/orders/events', { body: EVENT, headers: CLOUD_EVENT });
    const [first, second] = [await publishIt(app), await publishIt(other)];
    expect(first.status).toBe(201);
    expect(second.body).toEqual(first.body);
    const { body } = await app.request('GET', '/v1/streams/orders/events');
    expect((body as { items: { event: unknown }[] }).items.map(({ event }) => event)).toEqual([EVENT]);
  });

  it('stores a request with an Idempotency-Key once, also where its answer was lost', async () => {
    const request = { body: { type: 'test', data: 1 }, headers: { 'idempotency-key': 'k' } };
    const first = await app.request('POST', '/v1/streams/s/events', request);
    for (const key of await redis.client.keys('*:idempotency:*')) await redis.client.del(key);
    expect((await other.request('POST', '/v1/streams/s/events', request)).body).toEqual(first.body);
    expect(await redis.client.xlen(streamKey('s'))).toBe(1);
  });

  it('refuses what is no event and stores nothing', async () => {
    const json = (body: unknown) => app.request('POST', '/v1/streams/s/events', { body: body as object });
    const cloud = (body: unknown) =>
      app.request('POST', '/v1/streams/s/events', { body: body as object, headers: CLOUD_EVENT });
    const answers = [
      ...[
        {},
        [],
        { data: 1 },
        { type: 'x' },
        { type: '', data: 1 },
        { type: 'a\r\nid: 5', data: 1 },
        EVENT,
      ].map(json),
      ...[
        { type: 'x', data: 1, other: 1 },
        { type: 'x', data: 1, key: 5 },
        { type: 'x', time: 'now' },
      ].map(json),
      ...[{}, [], { type: 'x', data: 1 }, { ...EVENT, specversion: '0.3' }, { ...EVENT, id: '' }].map(cloud),
      ...[
        { ...EVENT, source: 'a b' },
        { ...EVENT, id: 'a\r\ndata: x' },
        { ...EVENT, Upper: 1 },
      ].map(cloud),
    ];
    for (const { status, body } of await Promise.all(answers))
      expect([status, body]).toMatchObject([400, { code: 'VALIDATION_FAILED' }]);
    const long = `/v1/streams/${'x'.repeat(300)}/events`;
    for (const method of ['POST', 'GET'])
      expect((await app.request(method, long, { body: method === 'POST' ? EVENT : undefined })).status).toBe(
        400,
      );
    expect(await redis.keys()).toEqual([]);
  });

  it('is 413 for data of over 1 MB, and 415 for what is no JSON', async () => {
    const large = await app.request('POST', '/v1/streams/s/events', {
      body: { type: 'test', data: 'x'.repeat(1_048_577) },
    });
    expect([large.status, large.body]).toMatchObject([413, { code: 'BODY_TOO_LARGE' }]);
    const body = { type: 'test', data: 'x'.repeat(1_048_500) };
    const envelope = await app.request('POST', '/v1/streams/s/events', { body });
    expect([envelope.status, envelope.body]).toMatchObject([413, { code: 'EVENT_TOO_LARGE' }]);
    const text = await fetch(urlOf('s'), {
      method: 'POST',
      body: 'x',
      headers: { 'content-type': 'text/plain' },
    });
    expect(text.status).toBe(415);
    expect(await redis.keys()).toEqual([]);
  });
});

describe('GET /v1/streams/{stream}/events', () => {
  it('reads pages', async () => {
    const ids = await publish('s', 1, 2, 3);
    const page = await other.request('GET', `/v1/streams/s/events?after=${ids[0]}&limit=1`);
    expect(page.body).toMatchObject({ items: [{ id: ids[1], event: { data: 2 } }], nextCursor: ids[1] });
    for (const query of [
      'after=x',
      'after=',
      'limit=0',
      'limit=1001',
      'limit=x',
      'other=1',
      'after=1&after=2',
    ]) {
      const { status, body } = await app.request('GET', `/v1/streams/s/events?${query}`);
      expect([status, body]).toMatchObject([400, { code: 'VALIDATION_FAILED' }]);
    }
  });
});

describe('the event stream', () => {
  it('has what is new, or what comes after an id, and then what is new, at every replica', async () => {
    const ids = await publish('s', 1, 2, 3);
    const open = (query: string, headers = {}) => EventStream.open(urlOf('s', query), headers);
    const live = await open('');
    const all = await open('?after=0');
    const some = await EventStream.open(`${other.url}/v1/streams/s/events?after=${ids[0]}`);
    const rest = await open(`?after=${ids[0]}`, { 'last-event-id': ids[1] });
    ids.push(...(await publish('s', 4, 5)));
    for (const [stream, expected] of [
      [live, [4, 5]],
      [all, [1, 2, 3, 4, 5]],
      [some, [2, 3, 4, 5]],
      [rest, [3, 4, 5]],
    ] as const) {
      await stream.received(expected.length);
      expect(stream.data).toEqual(expected);
      expect(stream.events.map(({ id }) => id)).toEqual(ids.slice(-expected.length));
      expect(stream.headers).toMatchObject({
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
      });
      stream.cut();
    }
    for (const query of ['?after=x', '?after=-1']) await expect(open(query)).rejects.toThrow('answered 400');
    await expect(open('', { 'last-event-id': 'x\ty' })).rejects.toThrow('answered 400');
  });

  it('announces a gap where events were trimmed, and none where all is there', async () => {
    const ids = await publish('s', 1, 2, 3, 4);
    await redis.client.xtrim(streamKey('s'), 'MAXLEN', 2);
    const streams = await Promise.all(
      [ids[0], '0', ids[2], ids[3]].map((after) => EventStream.open(urlOf('s', `?after=${after}`))),
    );
    await publish('s', 5);
    const [old, beginning, whole, last] = streams;
    await old.received(4);
    expect(old.events[0].event).toBe('gap');
    expect(old.gaps).toEqual([{ after: ids[0], firstId: ids[2] }]);
    expect(old.data).toEqual([3, 4, 5]);
    await beginning.received(4);
    expect(beginning.gaps).toEqual([{ after: '0-0', firstId: ids[2] }]);
    await whole.received(2);
    await last.received(1);
    expect([whole.gaps, last.gaps]).toEqual([[], []]);
    for (const stream of streams) stream.cut();
  });

  it('announces a gap to who follows, where Redis has lost the stream, and goes on', async () => {
    const [id] = await publish('s', 1);
    const stream = await EventStream.open(urlOf('s', '?after=0'));
    await stream.received(1);
    await redis.client.del(streamKey('s'));
    await redis.client.xadd(streamKey('s'), '1-0', 'e', JSON.stringify({ ...EVENT, data: 'lost' }));
    const idle = await redis.client.zrange(streamKey('s').replace(':stream', ':idle'), '0', '-1');
    await redis.client.publish(idle[0].split(' ')[1], streamKey('s'));
    await stream.received(2);
    expect(stream.gaps).toEqual([{ after: id, firstId: '1-0' }]);
    await publish('s', 2);
    await stream.received(3);
    expect(stream.data).toEqual([1, 2]);
    stream.cut();
  });

  it('has frames that no event can break', async () => {
    const stream = await EventStream.open(urlOf('s'));
    await publish('s', 'a\r\nid: 7\n\ndata: x');
    await redis.client.xadd(streamKey('s'), '*', 'e', '{"type":"x",\n\n"data":"own"}');
    await redis.client.xadd(streamKey('s'), '*', 'e', '{"type":"x","data":"other"}', 'g', 'group');
    await redis.client.xadd(streamKey('s'), '*', 'e', 'none');
    await publish('s', 'last');
    await stream.received(3);
    expect(stream.data).toEqual(['a\r\nid: 7\n\ndata: x', 'own', 'last']);
    stream.cut();
  });

  it('ends at shutdown, and is gone on by a real EventSource at another replica without gap or double', async () => {
    const first = await TestApp.start({ REDIS_URL: redis.url }, consumersApp());
    const port = new URL(first.url).port;
    const source = new EventSource(`${first.url}/v1/streams/s/events?after=0`);
    const received: unknown[] = [];
    source.addEventListener('message', ({ data }) =>
      received.push((JSON.parse(data as string) as { data: unknown }).data),
    );
    await publish('s', 1, 2);
    await waitFor(() => received.length === 2, { what: 'two events' });
    await first.stop();
    await publish('s', 3, 4);
    await TestApp.start({ REDIS_URL: redis.url, PORT: port }, consumersApp());
    await publish('s', 5);
    await waitFor(() => received.length >= 5, { what: 'the others', timeoutMs: 30_000 });
    expect(received).toEqual([1, 2, 3, 4, 5]);
    source.close();
  });
});
