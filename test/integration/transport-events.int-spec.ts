import { Controller, Injectable, Scope } from '@nestjs/common';
import {
  Ctx,
  EventPattern,
  MessagePattern,
  type NestMicroservice,
  Payload,
  RpcException,
} from '@nestjs/microservices';
import { concat, defer, ignoreElements, lastValueFrom, of } from 'rxjs';
import {
  type CloudEvent,
  OnStream,
  RedisStreamsClient,
  type RedisStreamsContext,
  type RedisStreamsOptions,
  RedisStreamsRecord,
  StreamsService,
} from '../../src/events/index.js';
import { gate } from '../support/gate.js';
import { TestRedis } from '../support/redis-server.js';
import { add, streamKey } from '../support/streams.js';
import { startReplica } from '../support/transport.js';
import { waitFor } from '../support/wait-for.js';

let redis: TestRedis;

beforeEach(async () => {
  redis = await TestRedis.start();
});

afterEach(() => redis.stop());

type Controllers = NonNullable<Parameters<typeof startReplica>[0]['controllers']>;

const start = (controllers: Controllers, options?: Partial<RedisStreamsOptions>) =>
  startReplica({ env: { REDIS_URL: redis.url }, controllers }, options);

const pendingOf = async (stream: string, group: string) =>
  ((await redis.client.xpending(streamKey(stream), group)) as [number])[0];

const nothingPending = (group: string) =>
  waitFor(async () => (await pendingOf('orders', group)) === 0, { what: 'the acknowledgements' });

const deadLetters = async (group: string) => {
  const letters = await redis.client.xrange(`holdfast:default:events:{orders}:dead-${group}`, '-', '+');
  return letters.map(([, fields]) => Object.fromEntries(pairs(fields)));
};

const pairs = (fields: string[]) => fields.flatMap((each, n) => (n % 2 === 0 ? [[each, fields[n + 1]]] : []));

describe('an @EventPattern handler', () => {
  it('is given the data and the context, also of what was published before its group was there', async () => {
    const seen: unknown[] = [];
    @Controller()
    class Orders {
      @EventPattern<string>('test')
      handle(@Payload() data: unknown, @Ctx() context: RedisStreamsContext) {
        const { id, stream, group, deliveryCount, event } = context;
        seen.push([data, stream, group, deliveryCount, event.type, /^\d+-\d+$/.test(id)]);
      }
    }
    await add(redis, 'orders', 1);
    await start([Orders]);
    await add(redis, 'orders', 2);
    await waitFor(() => seen.length === 2, { what: 'both events' });
    expect(seen).toEqual([1, 2].map((data) => [data, 'orders', 'shipping', 1, 'test', true]));
    await nothingPending('shipping');
  });

  it('is called on one of the replicas for each event', async () => {
    const seen: [string, unknown][] = [];
    const replica = (name: string) => {
      @Controller()
      class Orders {
        @EventPattern<string>('test')
        async handle(@Payload() data: unknown) {
          seen.push([name, data]);
          await redis.client.time();
        }
      }
      return start([Orders], { concurrency: 2 });
    };
    await Promise.all(['a', 'b', 'c'].map(replica));
    const all = Array.from({ length: 300 }, (_, n) => n);
    for (let n = 0; n < 300; n += 50) await add(redis, 'orders', ...all.slice(n, n + 50));
    await waitFor(() => seen.length >= 300, { what: 'all events' });
    await nothingPending('shipping');
    expect(seen.map(([, data]) => data).sort((a, b) => Number(a) - Number(b))).toEqual(all);
    expect(new Set(seen.map(([name]) => name)).size).toBeGreaterThan(1);
  });

  it('is acknowledged when it has ended, with the observable that it returns, and not before', async () => {
    const { load, begun, open } = gate<void>();
    @Controller()
    class Orders {
      @EventPattern<string>('test')
      handle() {
        return concat(of('begun'), defer(load)).pipe(ignoreElements());
      }
    }
    await start([Orders]);
    await add(redis, 'orders', 1);
    await begun();
    // Whatever was to be acknowledged has been by then.
    await waitFor(async () => (await pendingOf('orders', 'shipping')) === 1, { what: 'it to be pending' });
    await add(redis, 'orders', 2);
    await begun(2);
    expect(await pendingOf('orders', 'shipping')).toBe(2);
    open();
    await nothingPending('shipping');
  });

  it.each<[string, () => unknown, string]>([
    [
      'throws',
      () => {
        throw new RpcException('no such order');
      },
      'no such order',
    ],
    ['rejects', () => Promise.reject(new Error('secret')), 'Internal server error'],
    ['returns an observable that fails', () => defer(() => Promise.reject(new RpcException('late'))), 'late'],
  ])(
    'is called again, later each time, when it %s, and then the event is a dead letter',
    async (_, fail, reason) => {
      const deliveries: number[] = [];
      @Controller()
      class Orders {
        @EventPattern<string>('test')
        handle(@Payload() data: unknown, @Ctx() { deliveryCount }: RedisStreamsContext) {
          if (data === 'good') return undefined;
          deliveries.push(deliveryCount);
          return fail();
        }
      }
      await start([Orders], { maxDeliveries: 3, backoffMs: 20 });
      await add(redis, 'orders', 'poison', 'good');
      const [letter] = await waitFor(
        async () => (await deadLetters('shipping')).length > 0 && deadLetters('shipping'),
        {
          what: 'the dead letter',
        },
      );
      expect(letter).toMatchObject({ reason, deliveries: '3' });
      expect(deliveries).toEqual([1, 2, 3]);
      await nothingPending('shipping');
    },
  );

  it('is called beside others of its type, each to its end, and all of them again when one has failed', async () => {
    const calls: string[] = [];
    @Controller()
    class Orders {
      @EventPattern<string>('test')
      first(@Ctx() { deliveryCount }: RedisStreamsContext) {
        calls.push(`first ${deliveryCount}`);
        if (deliveryCount === 1) throw new RpcException('once');
      }

      @EventPattern(['test', 'other'])
      async second(@Ctx() { deliveryCount }: RedisStreamsContext) {
        await redis.client.time();
        calls.push(`second ${deliveryCount}`);
      }
    }
    await start([Orders], { backoffMs: 0 });
    await add(redis, 'orders', 1);
    await waitFor(() => calls.length === 4, { what: 'all calls' });
    expect(calls).toEqual(['first 1', 'second 1', 'first 2', 'second 2']);
    await nothingPending('shipping');
  });

  it('can have a stream, a group and options of its own, and be made for each event', async () => {
    const seen: string[] = [];
    @Controller({ scope: Scope.REQUEST })
    class Orders {
      @EventPattern<string>('test', { group: 'sales', maxDeliveries: 1 })
      sell(@Payload() data: unknown, @Ctx() { group }: RedisStreamsContext) {
        seen.push(`${group} ${String(data)}`);
        throw new RpcException('no');
      }

      @EventPattern<string>('test')
      ship(@Payload() data: unknown, @Ctx() { group }: RedisStreamsContext) {
        seen.push(`${group} ${String(data)}`);
      }

      @EventPattern<string>('test', { stream: 'returns' })
      returned(@Payload() data: unknown, @Ctx() { stream }: RedisStreamsContext) {
        seen.push(`${stream} ${String(data)}`);
      }
    }
    await start([Orders]);
    await add(redis, 'orders', 1);
    await add(redis, 'returns', 2);
    await waitFor(async () => (await deadLetters('sales')).length === 1, { what: 'the dead letter' });
    await waitFor(() => seen.length === 3, { what: 'all calls' });
    expect(seen.sort()).toEqual(['returns 2', 'sales 1', 'shipping 1']);
  });

  it('keeps the app from starting when its options are wrong, or not those of its group', async () => {
    @Controller()
    class Wrong {
      @EventPattern<string>('test', { maxDeliveries: 0 })
      handle() {}
    }
    @Controller()
    class Two {
      @EventPattern<string>('a', { concurrency: 2 })
      one() {}

      @EventPattern<string>('b')
      other() {}
    }
    await expect(start([Wrong])).rejects.toThrow('maxDeliveries');
    await expect(start([Two])).rejects.toThrow('share its options');
  });

  it('has its effect once with applyOnce', async () => {
    const outcomes: boolean[] = [];
    @Controller()
    class Orders {
      @EventPattern<string>('test')
      async handle(@Ctx() context: RedisStreamsContext) {
        for (const _ of [1, 2]) outcomes.push(await context.applyOnce([['INCRBY', 'sold{orders}', 1]]));
      }
    }
    await start([Orders]);
    await add(redis, 'orders', 1);
    await waitFor(() => outcomes.length === 2, { what: 'both calls' });
    expect(outcomes).toEqual([true, false]);
    expect(await redis.client.get('sold{orders}')).toBe('1');
  });

  it('ends before the app does, and leaves nothing behind', async () => {
    const { load, begun, open } = gate<void>();
    const done: unknown[] = [];
    @Controller()
    class Orders {
      @EventPattern<string>('test')
      async handle(@Payload() data: unknown) {
        await load();
        done.push(data);
      }
    }
    const app = await start([Orders]);
    await add(redis, 'orders', 1, 2);
    await begun(2);
    const stopped = app.stop();
    await redis.client.time();
    expect(done).toEqual([]);
    open();
    await stopped;
    expect(done).toEqual([1, 2]);
    expect(await pendingOf('orders', 'shipping')).toBe(0);
    expect(await redis.client.xinfo('CONSUMERS', streamKey('orders'), 'shipping')).toEqual([]);
  });

  it('ends with its transport alone, while the app goes on', async () => {
    const { load, begun, open } = gate<void>();
    @Controller()
    class Orders {
      @EventPattern<string>('test')
      handle() {
        return load();
      }
    }
    const app = await start([Orders]);
    await add(redis, 'orders', 1);
    await begun();
    const [microservice] = app.nest.getMicroservices() as NestMicroservice[];
    const closed = microservice.getTransportServer().close();
    open();
    await closed;
    await add(redis, 'orders', 2);
    expect(await redis.client.xinfo('CONSUMERS', streamKey('orders'), 'shipping')).toEqual([]);
    expect(await pendingOf('orders', 'shipping')).toBe(0);
    expect((await app.request('GET', '/health/live')).status).toBe(200);
  });
});

describe('events from and for others', () => {
  it('come by StreamsService and REST, and go to @OnStream methods', async () => {
    const seen: unknown[] = [];
    const heard: CloudEvent[] = [];
    @Controller()
    class Orders {
      @EventPattern({ cmd: 'place' })
      byObject(@Payload() data: unknown) {
        seen.push(data);
      }

      @EventPattern<string>('order.placed')
      handle(@Payload() data: unknown) {
        seen.push(data);
      }

      @MessagePattern('order.asked')
      answer(@Payload() data: unknown) {
        seen.push(data);
      }
    }
    @Injectable()
    class Audit {
      @OnStream('orders', { group: 'audit' })
      record(event: CloudEvent) {
        heard.push(event);
      }
    }
    const env = { REDIS_URL: redis.url };
    const app = await startReplica({ env, controllers: [Orders], providers: [Audit] });
    const client = app.get(RedisStreamsClient);
    client.setOnDispatchHook((packet) => Object.assign(packet, { metadata: { trace: 't-1' } }));
    await app.get(StreamsService).publish('orders', { type: 'order.placed', data: 'service' });
    const body = { type: 'order.asked', data: 'rest' };
    expect((await app.request('POST', '/v1/streams/orders/events', { body })).status).toBe(201);
    const stored = await lastValueFrom(client.emit('order.placed', new RedisStreamsRecord('client', 'o-1')));
    expect(stored).toEqual({ id: expect.stringMatching(/^\d+-\d+$/) as unknown });
    client.emit({ cmd: 'place' }, { total: 1 });
    await waitFor(() => seen.length === 4 && heard.length === 4, { what: 'all of them' });
    expect(seen).toEqual(expect.arrayContaining(['service', 'rest', 'client', { total: 1 }]));
    expect(heard.find(({ data }) => data === 'client')).toMatchObject({
      specversion: '1.0',
      source: '/v1/streams/orders',
      type: 'order.placed',
      partitionkey: 'o-1',
      nestmetadata: '{"trace":"t-1"}',
    });
    await expect(lastValueFrom(client.emit('line\nbreak', 1))).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
    });
  });

  it('are acknowledged and counted when nobody handles their type', async () => {
    @Controller()
    class Orders {
      @EventPattern<string>('order.placed')
      handle() {}
    }
    const app = await start([Orders]);
    await add(redis, 'orders', 1, 2);
    const count = async () => (await app.request('GET', '/metrics')).text;
    const line = 'holdfast_stream_events_unhandled_total{stream="orders",group="shipping"} 2';
    await waitFor(async () => (await count()).includes(line), { what: 'the count' });
    await nothingPending('shipping');
    expect(await deadLetters('shipping')).toEqual([]);
  });
});
