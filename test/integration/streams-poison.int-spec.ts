import { Injectable } from '@nestjs/common';
import { type CloudEvent, GroupsService, OnStream, StreamsService } from '../../src/events/index.js';
import { TestApp } from '../support/app.js';
import { TestRedis } from '../support/redis-server.js';
import { consumersApp, streamKey } from '../support/streams.js';
import { waitFor } from '../support/wait-for.js';

const EVENTS = 5000;
const PATIENT = { timeoutMs: 60_000 };

it('brings one event in a hundred to the dead letters, each once, whatever the replicas do', async () => {
  const redis = await TestRedis.start();
  const handled = new Set<unknown>();
  const isPoison = (data: unknown) => (data as number) % 100 === 0;
  @Injectable()
  class Orders {
    @OnStream('orders', { group: 'shipping', maxDeliveries: 3, backoffMs: 10 })
    handle({ data }: CloudEvent) {
      if (isPoison(data)) throw new Error(`cannot ship ${String(data)}`);
      handled.add(data);
    }
  }
  const start = () => TestApp.start({ REDIS_URL: redis.url }, consumersApp(Orders));
  const [app, ...others] = await Promise.all([start(), start(), start()]);
  const streams = app.get(StreamsService);
  for (let first = 0; first < EVENTS; first += 100) {
    const drafts = Array.from({ length: 100 }, (_, n) => ({ type: 't', data: first + n }));
    await streams.publishMany('orders', drafts);
    // Not even JSON: from a program that knows no events.
    await redis.client.xadd(streamKey('orders'), '*', 'e', `{"no": ${first}`);
  }
  const groups = app.get(GroupsService);
  await waitFor(async () => (await groups.inspect('orders', 'shipping')).deadLetters >= EVENTS / 50, {
    what: 'the dead letters',
    ...PATIENT,
  });
  await waitFor(() => handled.size === EVENTS - EVENTS / 100, { what: 'the sound events', ...PATIENT });
  await waitFor(async () => (await groups.inspect('orders', 'shipping')).pending === 0, {
    what: 'all to be done',
  });
  const { items } = await groups.deadLetters('orders', 'shipping', { limit: 1000 });
  const poison = items.filter(({ event }) => event !== null);
  expect(items).toHaveLength(EVENTS / 50);
  expect(new Set(items.map(({ entryId }) => entryId)).size).toBe(EVENTS / 50);
  expect(poison.map(({ event }) => event?.data as number).sort((a, b) => a - b)).toEqual(
    Array.from({ length: EVENTS / 100 }, (_, n) => n * 100),
  );
  for (const { event, reason, deliveryCount } of poison) {
    expect([reason, deliveryCount]).toEqual([`cannot ship ${String(event?.data)}`, 3]);
  }
  await Promise.all([app, ...others].map((each) => each.stop()));
  await redis.stop();
}, 120_000);
