import { Injectable } from '@nestjs/common';
import { type CloudEvent, OnStream, type StreamContext } from '../../src/events/index.js';
import { TestApp } from '../support/app.js';
import { gate } from '../support/gate.js';
import { TestRedis } from '../support/redis-server.js';
import { add, consumersApp, streamKey } from '../support/streams.js';
import { waitFor } from '../support/wait-for.js';

let redis: TestRedis;

beforeEach(async () => {
  redis = await TestRedis.start();
});

afterEach(() => redis.stop());

const start = (...providers: Parameters<typeof consumersApp>) =>
  TestApp.start({ REDIS_URL: redis.url }, consumersApp(...providers));

const pendingOf = async (stream: string, group: string) =>
  ((await redis.client.xpending(streamKey(stream), group)) as [number])[0];

describe('a method with @OnStream', () => {
  it('is called once for each event, also for those from before the group, and acknowledges them', async () => {
    const seen: unknown[] = [];
    @Injectable()
    class Orders {
      @OnStream('orders', { group: 'shipping' })
      handle(event: CloudEvent, { deliveryCount }: StreamContext) {
        seen.push([event.data, deliveryCount]);
      }
    }
    await add(redis, 'orders', 1, 2, 3);
    await start(Orders);
    await waitFor(() => seen.length === 3, { what: 'what was published before' });
    await add(redis, 'orders', 4);
    await waitFor(() => seen.length === 4, { what: 'what was published now' });
    expect(seen).toEqual([1, 2, 3, 4].map((n) => [n, 1]));
    await waitFor(async () => (await pendingOf('orders', 'shipping')) === 0, { what: 'acknowledgements' });
  });

  it('is called on one of the replicas for each event, and once for each group', async () => {
    const seen: string[] = [];
    const member = (group: string, replica: string) => {
      @Injectable()
      class Orders {
        @OnStream('orders', { group, concurrency: 3 })
        handle({ data }: CloudEvent) {
          seen.push(`${group} ${String(data)} ${replica}`);
        }
      }
      return Orders;
    };
    await Promise.all(['a', 'b'].map((replica) => start(member('one', replica), member('two', replica))));
    for (let n = 0; n < 300; n += 3) await add(redis, 'orders', n, n + 1, n + 2);
    await waitFor(() => seen.length >= 600, { what: 'all events' });
    const withoutReplica = seen.map((each) => each.slice(0, -2));
    expect(new Set(withoutReplica).size).toBe(600);
    expect(seen).toHaveLength(600);
  });

  it('is called again after it has failed, later each time, and then the event is a dead letter', async () => {
    const seen: number[] = [];
    const at: number[] = [];
    @Injectable()
    class Orders {
      @OnStream('orders', { group: 'shipping', maxDeliveries: 3, backoffMs: 50 })
      handle({ data }: CloudEvent, { deliveryCount }: StreamContext) {
        if (data !== 'poison') return;
        seen.push(deliveryCount);
        at.push(Date.now());
        throw new Error('it does not fit');
      }
    }
    await start(Orders);
    await add(redis, 'orders', 'poison', 'good');
    const dead = () => redis.client.xrange('holdfast:default:events:{orders}:dead-shipping', '-', '+');
    await waitFor(async () => (await dead()).length > 0, { what: 'the dead letter' });
    expect(seen).toEqual([1, 2, 3]);
    expect(at[1] - at[0]).toBeGreaterThanOrEqual(40);
    expect(at[2] - at[1]).toBeGreaterThanOrEqual(80);
    const [[, fields]] = await dead();
    expect(fields.slice(4)).toEqual(['reason', 'it does not fit', 'deliveries', '3']);
    expect(JSON.parse(fields[3])).toMatchObject({ data: 'poison' });
    await waitFor(async () => (await pendingOf('orders', 'shipping')) === 0, { what: 'nothing pending' });
  });

  it('is not called for what cannot be read: it is a dead letter at once', async () => {
    const seen: unknown[] = [];
    @Injectable()
    class Orders {
      @OnStream('orders', { group: 'shipping' })
      handle({ data }: CloudEvent) {
        seen.push(data);
      }
    }
    await redis.client.xadd(streamKey('orders'), '*', 'e', '{"no');
    await redis.client.xadd(streamKey('orders'), '*', 'other', 'fields');
    await add(redis, 'orders', 'good');
    await start(Orders);
    const dead = () => redis.client.xrange('holdfast:default:events:{orders}:dead-shipping', '-', '+');
    await waitFor(async () => (await dead()).length === 2, { what: 'the dead letters' });
    await waitFor(() => seen.length === 1, { what: 'the good one' });
    await waitFor(async () => (await pendingOf('orders', 'shipping')) === 0, { what: 'nothing pending' });
  });

  it('has its effect once, however often the event comes', async () => {
    const outcomes: boolean[] = [];
    @Injectable()
    class Orders {
      @OnStream('orders', { group: 'shipping', backoffMs: 0 })
      async handle(_: CloudEvent, context: StreamContext) {
        outcomes.push(await context.applyOnce([['INCRBY', 'sold{orders}', 1]]));
        outcomes.push(await context.applyOnce([['INCRBY', 'sold{orders}', 1]]));
      }
    }
    await start(Orders);
    await add(redis, 'orders', 1);
    await waitFor(() => outcomes.length === 2, { what: 'both calls' });
    expect(outcomes).toEqual([true, false]);
    expect(await redis.client.get('sold{orders}')).toBe('1');
  });

  it('ends before the process does, and leaves nothing behind', async () => {
    const { load, begun, open } = gate<void>();
    const done: unknown[] = [];
    @Injectable()
    class Orders {
      @OnStream('orders', { group: 'shipping' })
      async handle({ data }: CloudEvent) {
        await load();
        done.push(data);
      }
    }
    const app = await start(Orders);
    await add(redis, 'orders', 1, 2);
    await begun();
    const stopped = app.stop();
    await redis.client.time();
    expect(done).toEqual([]);
    open();
    await stopped;
    expect(done).toEqual([1, 2]);
    expect(await pendingOf('orders', 'shipping')).toBe(0);
    expect(await redis.client.xinfo('CONSUMERS', streamKey('orders'), 'shipping')).toEqual([]);
  });
});
