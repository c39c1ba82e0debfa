import { HTTP, type CloudEvent as SdkEvent } from 'cloudevents';
import { StreamsService } from '../../src/events/index.js';
import { TestApp } from '../support/app.js';
import { ODD_NAMES } from '../support/counters.js';
import { codeOf } from '../support/locks.js';
import { TestRedis } from '../support/redis-server.js';
import { consumersApp, streamKey } from '../support/streams.js';

let redis: TestRedis;
let streams: StreamsService;
let other: StreamsService;

beforeAll(async () => {
  redis = await TestRedis.start();
  const replicas = [1, 2].map(() => TestApp.start({ REDIS_URL: redis.url }, consumersApp()));
  [streams, other] = (await Promise.all(replicas)).map((app) => app.get(StreamsService));
});

beforeEach(() => redis.client.flushall());

const draft = (data: unknown) => ({ type: 'test', data });
const dataOf = async (stream: string, after?: string) =>
  (await streams.read(stream, { after, limit: 1000 })).items.map(({ event }) => event.data);

describe('publish', () => {
  it('stores events in the order in which they were published, with one call of Redis for many', async () => {
    const published = Array.from({ length: 2000 }, (_, n) => streams.publish('s', draft(n)));
    const ids = (await Promise.all(published)).map(({ id }) => id);
    const first = await streams.read('s', { limit: 1000 });
    const second = await streams.read('s', { after: first.nextCursor ?? '', limit: 1000 });
    const items = [...first.items, ...second.items];
    expect(items.map(({ id }) => id)).toEqual(ids);
    expect(items.map(({ event }) => event.data)).toEqual(Array.from({ length: 2000 }, (_, n) => n));
    const stats = await redis.client.info('commandstats');
    const scripts = [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].map(([, calls]) =>
      Number(calls),
    );
    expect(scripts.reduce((sum, calls) => sum + calls, 0)).toBeLessThan(40);
  });

  it('makes CloudEvents that the SDK reads', async () => {
    const time = '2026-11-30T23:59:59.123Z';
    await streams.publish('a b/ü', { type: 'order.placed', data: { total: 5 }, key: 'o-1', time });
    const [{ event }] = (await streams.read('a b/ü')).items;
    expect(event).toEqual({
      specversion: '1.0',
      id: expect.stringMatching(/^[\da-f-]{36}$/) as string,
      source: '/v1/streams/a%20b%2F%C3%BC',
      type: 'order.placed',
      time,
      datacontenttype: 'application/json',
      partitionkey: 'o-1',
      data: { total: 5 },
    });
    const headers = { 'content-type': 'application/cloudevents+json' };
    const read = HTTP.toEvent({ headers, body: JSON.stringify(event) }) as SdkEvent<unknown>;
    expect(read.validate()).toBe(true);
    expect(read.toJSON()).toEqual(event);
  });

  it('stores up to 1000 events at once, and their ids are in the same order', async () => {
    const events = Array.from({ length: 1000 }, (_, n) => draft(n));
    const ids = await streams.publishMany('s', events);
    expect((await streams.read('s', { limit: 1000 })).items.map(({ id }) => ({ id }))).toEqual(ids);
    expect(await dataOf('s')).toEqual(events.map(({ data }) => data));
    for (const bad of [[], [...events, draft(1000)]])
      expect(await codeOf(streams.publishMany('s', bad))).toBe('VALIDATION_FAILED');
    const mixed = [draft(1), { type: '' }, draft(2), { ...draft(3), key: 5 as unknown as string }];
    await expect(streams.publishMany('s', mixed)).rejects.toMatchObject({
      faults: [{ path: 'events.1.type' }, { path: 'events.3.key' }],
    });
    expect(await redis.client.xlen(streamKey('s'))).toBe(1000);
  });

  it('stores events that together have more than a flight takes', async () => {
    const events = Array.from({ length: 12 }, (_, n) => draft(`${n}`.repeat(300_000)));
    await Promise.all([streams.publishMany('s', events), streams.publish('s', draft('last'))]);
    const stored = (await dataOf('s')) as string[];
    expect(stored.map((data) => data.length)).toEqual([
      ...events.map(({ data }) => (data as string).length),
      4,
    ]);
  });

  it('keeps names apart, whatever they have', async () => {
    for (const name of ODD_NAMES) await streams.publish(name, draft(name));
    for (const name of ODD_NAMES) expect(await dataOf(name)).toEqual([name]);
    for (const name of ['', 'x'.repeat(257), 'x'.repeat(300), '\ud800']) {
      expect(await codeOf(streams.publish(name, draft(1)))).toBe('VALIDATION_FAILED');
      expect(await codeOf(streams.read(name))).toBe('VALIDATION_FAILED');
    }
  });

  it('refuses what is no event, and what is larger than a mebibyte', async () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const bad = [
      null,
      [],
      'x',
      {},
      { type: 5 },
      { type: 'a\nb' },
      { ...draft(1), extra: 1 },
      draft(circle),
      draft(5n),
    ];
    for (const event of bad as { type: string }[])
      expect(await codeOf(streams.publish('s', event))).toBe('VALIDATION_FAILED');
    for (const [key, time] of [
      ['', undefined],
      ['a\r\nb', undefined],
      ['k', '2026-02-30T00:00:00Z'],
      ['k', 'now'],
    ])
      expect(await codeOf(streams.publish('s', { ...draft(1), key, time }))).toBe('VALIDATION_FAILED');
    expect(await codeOf(streams.publish('s', draft('x'.repeat(1_048_576))))).toBe('EVENT_TOO_LARGE');
    expect(await codeOf(streams.publish('s', draft('ü'.repeat(524_288))))).toBe('EVENT_TOO_LARGE');
    expect(await codeOf(streams.publish('s', draft(1), { requestId: '' }))).toBe('VALIDATION_FAILED');
    expect(await redis.keys()).toEqual([]);
    await streams.publish('s', draft('ü'.repeat(500_000)));
  });
});

describe('an event that is published again', () => {
  it('is stored once for a request id, at any replica, and also in one flight', async () => {
    const first = await streams.publish('s', draft(1), { requestId: 'r' });
    expect(await other.publish('s', draft(1), { requestId: 'r' })).toEqual(first);
    const many = ['a', 'b', 'a', 'c', 'b'].map((requestId) =>
      streams.publish('s', draft(requestId), { requestId }),
    );
    const [a, b, again, , b2] = await Promise.all([...many, streams.publish('s', draft('x'))]);
    expect(again).toEqual(a);
    expect(b2).toEqual(b);
    expect(await dataOf('s')).toEqual([1, 'a', 'b', 'c', 'x']);
    await streams.publish('t', draft('other stream'), { requestId: 'r' });
    expect(await dataOf('t')).toEqual(['other stream']);
  });

  it('is stored once for the source and id of its CloudEvent', async () => {
    const event = {
      specversion: '1.0',
      id: 'e-1',
      source: '/orders',
      type: 'order.placed',
      data: 1,
    } as const;
    const first = await streams.publish('s', event);
    expect(await other.publish('s', event)).toEqual(first);
    expect(await streams.publishMany('s', [event, event])).toEqual([first, first]);
    await streams.publish('s', { ...event, source: '/others' });
    await streams.publish('s', draft(2), { requestId: '/orders e-1' });
    expect(await dataOf('s')).toEqual([1, 1, 2]);
    const ttls = await Promise.all(
      (await redis.client.keys('*:request-*')).map((key) => redis.client.pttl(key)),
    );
    expect(ttls).toHaveLength(3);
    for (const ttl of ttls) expect(ttl).toBeGreaterThan(86_000_000);
  });
});

describe('read', () => {
  it('goes on after an id, in pages', async () => {
    const ids = (await streams.publishMany('s', [1, 2, 3, 4, 5].map(draft))).map(({ id }) => id);
    const page = await streams.read('s', { limit: 2 });
    expect(page.nextCursor).toBe(ids[1]);
    const next = await streams.read('s', { after: ids[1], limit: 3 });
    expect(next.items.map(({ id }) => id)).toEqual(ids.slice(2));
    expect(next.nextCursor).toBe(ids[4]);
    expect(await streams.read('s', { after: ids[4] })).toEqual({ items: [], nextCursor: null });
    expect(await dataOf('s', ids[0].split('-')[0])).not.toEqual([]);
    expect(await streams.read('none')).toEqual({ items: [], nextCursor: null });
  });

  it('refuses what is no id and no limit', async () => {
    for (const after of [
      '',
      'x',
      '-',
      '$',
      '1-',
      '-1',
      '1-2-3',
      '1 - 2',
      '18446744073709551616',
      '1\n',
      '(1-1',
    ])
      expect(await codeOf(streams.read('s', { after }))).toBe('VALIDATION_FAILED');
    for (const limit of [0, -1, 1001, 1.5, NaN])
      expect(await codeOf(streams.read('s', { limit }))).toBe('VALIDATION_FAILED');
    await streams.read('s', { after: '18446744073709551615-18446744073709551615' });
  });

  it('leaves out what is for one group, and what is no event', async () => {
    const add = (...fields: string[]) => redis.client.xadd(streamKey('s'), '*', ...fields);
    await streams.publish('s', draft(1));
    await add('e', '{"type":"x","data":2}', 'g', 'group');
    for (const text of ['{', 'null', '5', '{}', '[]']) await add('e', text);
    const last = await add('other', 'field');
    expect(await dataOf('s')).toEqual([1]);
    const page = await streams.read('s', { limit: 8 });
    expect(page.nextCursor).toBe(last);
  });
});
