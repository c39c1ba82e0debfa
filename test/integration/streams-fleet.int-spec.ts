import path from 'node:path';
import { Injectable, type Type } from '@nestjs/common';
import { type CloudEvent, OnStream, type StreamContext, StreamsService } from '../../src/events/index.js';
import { TestApp } from '../support/app.js';
import { spawnNode } from '../support/child.js';
import { gate } from '../support/gate.js';
import { TestRedis } from '../support/redis-server.js';
import { consumersApp, streamKey } from '../support/streams.js';
import { waitFor } from '../support/wait-for.js';

const WORKER = path.join(__dirname, '../support/fixtures/stream-worker.ts');
const PATIENT = { timeoutMs: 60_000 };

let redis: TestRedis;

beforeEach(async () => {
  redis = await TestRedis.start();
});

afterEach(() => redis.stop());

const start = (...providers: Type[]) => TestApp.start({ REDIS_URL: redis.url }, consumersApp(...providers));

const consumers = async (stream: string, group: string) =>
  (await redis.client.xinfo('CONSUMERS', streamKey(stream), group)) as unknown[][];

it('hands over without a second delivery in twenty rolling restarts under load', async () => {
  const seen: unknown[] = [];
  const again: unknown[] = [];
  @Injectable()
  class Orders {
    @OnStream('orders', { group: 'shipping', concurrency: 8 })
    async handle({ data }: CloudEvent, { deliveryCount }: StreamContext) {
      if (deliveryCount > 1) again.push(data);
      await redis.client.time();
      seen.push(data);
    }
  }
  const publisher = await start();
  const streams = publisher.get(StreamsService);
  let isOver = false;
  let published = 0;
  const load = async () => {
    while (!isOver) await streams.publish('orders', { type: 'ordered', data: published++ });
  };
  const loads = Promise.all(Array.from({ length: 8 }, load));
  let old = await Promise.all([start(Orders), start(Orders)]);
  for (let restarts = 0; restarts < 20; restarts += 1) {
    const [first, second] = old;
    const before = seen.length;
    old = [second, await start(Orders)];
    await first.stop();
    await waitFor(() => seen.length > before, { what: 'the load to go on', ...PATIENT });
  }
  isOver = true;
  await loads;
  await waitFor(() => seen.length >= published, { what: 'the last events', ...PATIENT });
  expect(again).toEqual([]);
  expect(seen).toHaveLength(published);
  expect(new Set(seen).size).toBe(published);
  await Promise.all(old.map((app) => app.stop()));
  expect(await consumers('orders', 'shipping')).toEqual([]);
}, 180_000);

it('gives what a killed process had to others, and leaves alone what a slow handler has', async () => {
  const { load, begun, open } = gate<void>();
  const deliveries = new Map<unknown, number>();
  @Injectable()
  class Slow {
    @OnStream('work', { group: 'slow', concurrency: 1, ackTimeoutMs: 1000 })
    async handle({ data }: CloudEvent, { deliveryCount }: StreamContext) {
      deliveries.set(data, deliveryCount);
      await load();
    }
  }
  @Injectable()
  class Idle {
    @OnStream('work', { group: 'slow', ackTimeoutMs: 1000 })
    handle({ data }: CloudEvent, { deliveryCount }: StreamContext) {
      deliveries.set(data, deliveryCount);
    }
  }
  const slow = await start(Slow);
  await slow.get(StreamsService).publish('work', { type: 't', data: 'slow' });
  await begun();
  await start(Idle);
  // A process that dies is the occasion at which all look at what was left, for as long as anything may become due.
  const child = spawnNode(WORKER, { args: ['hold'], env: { REDIS_URL: redis.url, LOG_LEVEL: 'silent' } });
  await child.waitForLine(/^ready$/, PATIENT);
  await slow.get(StreamsService).publish('held', { type: 't', data: 'held' });
  await child.waitForLine(/^held held 1$/, PATIENT);
  const other = spawnNode(WORKER, { args: ['take'], env: { REDIS_URL: redis.url, LOG_LEVEL: 'silent' } });
  await other.waitForLine(/^ready$/, PATIENT);
  child.kill('SIGKILL');
  await other.waitForLine(/^held held 2$/, PATIENT);
  expect(deliveries.get('slow')).toBe(1);
  open();
  await waitFor(async () => ((await redis.client.xpending(streamKey('work'), 'slow')) as [number])[0] === 0, {
    what: 'the slow handler to be acknowledged',
  });
  expect(deliveries.get('slow')).toBe(1);
}, 180_000);
