import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import {
  concat,
  defer,
  firstValueFrom,
  interval,
  lastValueFrom,
  type Observable,
  of,
  throwError,
  toArray,
  take,
} from 'rxjs';
import {
  RedisStreamsClient,
  type RedisStreamsContext,
  type RedisStreamsOptions,
} from '../../src/events/index.js';
import type { TestApp } from '../support/app.js';
import { gate } from '../support/gate.js';
import { TestRedis } from '../support/redis-server.js';
import { streamKey } from '../support/streams.js';
import { type Replica, startReplica } from '../support/transport.js';
import { waitFor } from '../support/wait-for.js';

let redis: TestRedis;

beforeEach(async () => {
  redis = await TestRedis.start();
});

afterEach(() => redis.stop());

const start = (replica: Omit<Replica, 'env'>, options?: Partial<RedisStreamsOptions>) =>
  startReplica({ env: { REDIS_URL: redis.url }, ...replica }, options);

const clientOf = (app: TestApp) => app.get(RedisStreamsClient);

const allOf = <T>(values: Observable<T>) => lastValueFrom(values.pipe(toArray()));

const nothingPending = () =>
  waitFor(
    async () => {
      const [pending] = (await redis.client.xpending(streamKey('orders'), 'shipping')) as [number];
      return pending === 0;
    },
    { what: 'the acknowledgements' },
  );

class Refusal extends Error {
  readonly secret = 'secret';
}

let calls: unknown[] = [];

beforeEach(() => {
  calls = [];
});

@Controller()
class Orders {
  @MessagePattern('double')
  double(@Payload() data: number) {
    calls.push(data);
    return data * 2;
  }

  @MessagePattern('count')
  count(@Payload() data: number) {
    return of(...Array.from({ length: data }, (_, n) => n));
  }

  @MessagePattern('nothing')
  nothing() {}

  @MessagePattern('broken')
  broken() {
    return concat(
      of(1),
      throwError(() => new RpcException({ code: 'BROKEN', message: 'half way' })),
    );
  }

  @MessagePattern('refuse')
  refuse(@Payload() how: string, @Ctx() { deliveryCount }: RedisStreamsContext): unknown {
    calls.push([how, deliveryCount]);
    if (how === 'rpc') throw new RpcException('no');
    if (how === 'large') return 'x'.repeat(1_048_577);
    if (how === 'bigint') return 1n;
    throw new Refusal('internal');
  }

  @MessagePattern('metadata')
  metadata(@Payload() _: unknown, @Ctx() context: RedisStreamsContext) {
    return context.getMetadata();
  }

  @EventPattern<string>('told')
  told(@Payload() data: unknown) {
    calls.push(data);
  }
}

describe('a request', () => {
  it('is handled by one replica, and each reply goes to who has asked', async () => {
    await Promise.all([start({ controllers: [Orders] }), start({ controllers: [Orders] })]);
    const askers = (await Promise.all([start({}), start({})])).map(clientOf);
    const asked = Array.from({ length: 200 }, (_, n) => n);
    const replies = asked.map((n) => lastValueFrom(askers[n % 2].send<number>('double', n)));
    expect(await Promise.all(replies)).toEqual(asked.map((n) => n * 2));
    expect(calls).toHaveLength(200);
    await nothingPending();
  });

  it('has its reply on the channel of the process that has asked alone', async () => {
    const [, one, other] = await Promise.all([start({ controllers: [Orders] }), start({}), start({})]);
    // Both listen for replies from now on.
    for (const app of [one, other]) await lastValueFrom(clientOf(app).send('double', 1));
    const channels = (await redis.client.pubsub('CHANNELS', '*:replies')) as string[];
    expect(channels).toHaveLength(2);
    const heard: string[] = [];
    const listener = redis.client.duplicate();
    listener.on('message', (channel: string) => heard.push(channel));
    await listener.subscribe(...channels);
    for (let n = 0; n < 5; n += 1) await lastValueFrom(clientOf(one).send('double', n));
    await waitFor(() => heard.length >= 10, { what: 'a value and an end each' });
    expect(new Set(heard).size).toBe(1);
    listener.disconnect();
  });

  it('can have several values, in order, or none', async () => {
    const client = clientOf(await start({ controllers: [Orders] }));
    expect(await allOf(client.send('count', 500))).toEqual(Array.from({ length: 500 }, (_, n) => n));
    expect(await allOf(client.send('count', 0))).toEqual([]);
    expect(await allOf(client.send('nothing', {}))).toEqual([undefined]);
  });

  it('has the error of its handler as reply, without a stack, and is not handled again', async () => {
    const client = clientOf(await start({ controllers: [Orders] }, { backoffMs: 0 }));
    const error = (how: string) =>
      lastValueFrom(client.send('refuse', how)).catch((reason: unknown) => reason);
    expect(await error('rpc')).toEqual({ status: 'error', message: 'no' });
    expect(await error('other')).toEqual({ status: 'error', message: 'Internal server error' });
    expect(await error('large')).toEqual({ status: 'error', message: 'The reply is too large' });
    expect(await error('bigint')).toEqual({
      status: 'error',
      message: expect.stringMatching('BigInt') as unknown,
    });
    const values: unknown[] = [];
    const broken = await new Promise((resolve) => {
      client.send('broken', {}).subscribe({ next: (value) => values.push(value), error: resolve });
    });
    expect([values, broken]).toEqual([[1], { code: 'BROKEN', message: 'half way' }]);
    await nothingPending();
    expect(calls).toEqual([
      ['rpc', 1],
      ['other', 1],
      ['large', 1],
      ['bigint', 1],
    ]);
  });

  it('takes what a hook has attached, and is refused without data', async () => {
    const client = clientOf(await start({ controllers: [Orders] }));
    client.setOnDispatchHook((packet) => Object.assign(packet, { metadata: { trace: 't-1' } }));
    expect(await lastValueFrom(client.send('metadata', {}))).toEqual({ trace: 't-1' });
    await expect(lastValueFrom(client.send('double', null))).rejects.toThrow();
    expect(await firstValueFrom(client.status)).toBe('connected');
  });

  it('times out with 504 when nobody replies, and is not handled after that', async () => {
    const asker = clientOf(await start({ timeoutMs: 200 }));
    await expect(lastValueFrom(asker.send('double', 1))).rejects.toMatchObject({
      code: 'REPLY_TIMEOUT',
      status: 504,
    });
    await start({ controllers: [Orders] });
    // The stream is handled in its order.
    asker.emit('told', 'later');
    await waitFor(() => calls.length > 0, { what: 'the event after it' });
    await nothingPending();
    expect(calls).toEqual(['later']);
  });

  it('waits for the next value as long as for the first', async () => {
    const end = gate<string>();
    @Controller()
    class Slow {
      @MessagePattern('slow')
      slow() {
        return concat(interval(1000).pipe(take(4)), defer(end.load));
      }
    }
    const client = clientOf(await start({ controllers: [Slow], timeoutMs: 3000 }));
    const values: unknown[] = [];
    const error = new Promise((resolve) => {
      client.send('slow', {}).subscribe({ next: (value) => values.push(value), error: resolve });
    });
    expect(await error).toMatchObject({ code: 'REPLY_TIMEOUT' });
    expect(values).toEqual([0, 1, 2, 3]);
    end.open('late');
  });

  it('is forgotten by who unsubscribes', async () => {
    const { load, begun, open } = gate<string>();
    @Controller()
    class Slow {
      @MessagePattern('slow')
      slow() {
        return load();
      }
    }
    const client = clientOf(await start({ controllers: [Slow] }));
    const heard: unknown[] = [];
    const subscription = client.send('slow', {}).subscribe((value) => heard.push(value));
    await begun();
    subscription.unsubscribe();
    open('late');
    await nothingPending();
    expect(heard).toEqual([]);
  });

  it('is asked for again by each subscriber, and not before there is one', async () => {
    const client = clientOf(await start({ controllers: [Orders] }));
    const asked = client.send('double', 1);
    expect(await redis.client.xlen(streamKey('orders'))).toBe(0);
    expect([await lastValueFrom(asked), await lastValueFrom(asked)]).toEqual([2, 2]);
    expect(calls).toEqual([1, 1]);
  });
});

describe('a client', () => {
  it.each([0, 1.5, 3_600_001])('is not made with a timeout of %d', (timeoutMs) => {
    const nothing = undefined as never;
    const make = () => new RedisStreamsClient(nothing, nothing, { stream: 'orders', timeoutMs });
    expect(make).toThrow('timeoutMs');
  });
});
