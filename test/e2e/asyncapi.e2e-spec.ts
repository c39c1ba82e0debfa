import { Controller, Injectable, Module } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt } from 'class-validator';
import { type CloudEvent, OnChannel, OnStream, StreamsService } from '../../src/events/index.js';
import { appWithout, TestApp } from '../support/app.js';
import { documentFaults, messageCheck } from '../support/asyncapi.js';
import { TestRedis } from '../support/redis-server.js';
import { consumersApp } from '../support/streams.js';
import { startReplica } from '../support/transport.js';
import { waitFor } from '../support/wait-for.js';

class MoneyDto {
  @ApiProperty({ type: 'integer', minimum: 0 })
  @IsInt()
  readonly cents!: number;
}

class OrderPlacedDto {
  @ApiProperty({ type: MoneyDto })
  readonly total!: MoneyDto;

  @ApiPropertyOptional({ type: String, nullable: true })
  readonly note?: string | null;
}

class SoldDto {
  @ApiProperty()
  readonly film!: string;
}

class PageViewDto {
  @ApiProperty()
  readonly page!: string;
}

const shipped: CloudEvent[] = [];

@Injectable()
class Orders {
  @OnStream('orders', {
    group: 'shipping',
    concurrency: 4,
    maxDeliveries: 3,
    events: { 'order.placed': OrderPlacedDto },
  })
  ship(event: CloudEvent): void {
    shipped.push(event);
  }

  @OnChannel('orders')
  hear(): void {}
}

const ShippingModule = consumersApp(Orders);

/** Of another module, with a class of the same name. */
function salesModule() {
  @Injectable()
  class Orders {
    @OnStream('orders', { group: 'sales', events: { 'order.placed': SoldDto, 'order/{lost}': SoldDto } })
    ship(): void {}

    @OnStream('orders', { group: 'audit', startAt: 'now' })
    @OnChannel('views:*', { data: PageViewDto })
    look(): void {}

    @OnStream('a {b}~/%_é', { group: 'odd' })
    odd(): void {}
  }
  @Module({ providers: [Orders] })
  class SalesModule {}
  return SalesModule;
}

@Module({ imports: [ShippingModule, salesModule()] })
class ShopApp {}

const PLACED = 'order.placed';

describe('GET /asyncapi.json', () => {
  let app: TestApp;
  let redis: TestRedis;
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads what the wire carries
  let document: any;

  beforeAll(async () => {
    redis = await TestRedis.start();
    app = await TestApp.start({ REDIS_URL: redis.url }, ShopApp);
    const answer = await app.request('GET', '/asyncapi.json');
    expect(answer.status).toBe(200);
    document = answer.body;
  });

  it('is a valid AsyncAPI 3.0 document about the API of the OpenAPI document', async () => {
    expect(documentFaults(document)).toEqual([]);
    expect(document.asyncapi).toBe('3.0.0');
    expect((await app.request('GET', '/openapi.json')).body.info).toMatchObject(document.info);
  });

  it('is doubted when a part is missing, made up or refers to nothing', () => {
    const { asyncapi: _, ...unversioned } = document;
    expect(documentFaults(unversioned)).toContainEqual(expect.stringContaining("'asyncapi'"));
    const operations = { odd: { action: 'eat', channel: { $ref: '#/channels/none' } } };
    expect(documentFaults({ ...document, operations })).toEqual(
      expect.arrayContaining([
        expect.stringContaining('/operations/odd/action'),
        '#/channels/none leads nowhere',
      ]),
    );
  });

  it('has a channel for each stream, channel and pattern, by names that need no escapes', () => {
    const channels = Object.entries(document.channels as Record<string, { address: string }>);
    expect(channels.map(([id, { address }]) => [id, address])).toEqual([
      ['stream.orders', 'orders'],
      ['stream.a_20_7bb_7d_7e_2f_25_5f_c3a9', null],
      ['channel.orders', 'orders'],
      ['channel.views_3a_2a', 'views:*'],
    ]);
    expect(document.channels['stream.orders']['x-redis-stream']).toBe(
      'holdfast:default:events:{orders}:stream',
    );
    expect(document.channels['channel.views_3a_2a']['x-redis-pattern']).toBe(
      'holdfast:default:channels:views:*',
    );
  });

  it('has an operation for each handler, with what its group runs with', () => {
    expect(Object.keys(document.operations as object)).toEqual([
      'Orders.ship',
      'Orders.ship-2',
      'Orders.look',
      'Orders.odd',
      'Orders.hear',
      'Orders.look-2',
    ]);
    expect(document.operations['Orders.ship']).toEqual({
      action: 'receive',
      summary: 'shipping handles orders',
      channel: { $ref: '#/channels/stream.orders' },
      messages: [{ $ref: '#/channels/stream.orders/messages/order.placed' }],
      'x-consumer-group': {
        group: 'shipping',
        concurrency: 4,
        maxDeliveries: 3,
        ackTimeoutMs: 5000,
        backoffMs: 1000,
        startAt: 'beginning',
      },
    });
    expect(document.operations['Orders.look'].messages).toBeUndefined();
    expect(document.operations['Orders.look']['x-consumer-group'].startAt).toBe('now');
  });

  it('describes the events that handlers are given', async () => {
    const check = messageCheck(document, 'stream.orders', PLACED);
    const data = { total: { cents: 4999 }, note: null, film: 'Heat' };
    await app.get(StreamsService).publish('orders', { type: PLACED, data, key: 'o-1' });
    await waitFor(() => shipped.length === 1, { what: 'the event' });
    const [event] = shipped;
    check(event);
    expect(check.errors).toBeNull();
    expect(check({ ...event, type: 'order.lost' })).toBe(false);
    expect(check({ ...event, id: undefined })).toBe(false);
    // The data of a type is what each of its readers reads.
    for (const wrong of [{ ...data, total: { cents: -1 } }, { ...data, note: 1 }, { total: data.total }, 1])
      expect(check({ ...event, data: wrong })).toBe(false);
    expect(check({ ...event, data: undefined })).toBe(false);
  });

  it('takes any data where nobody names its class', () => {
    const event = messageCheck(document, 'stream.a_20_7bb_7d_7e_2f_25_5f_c3a9', 'event');
    for (const data of [1, 'a', null, [1], { a: 1 }, undefined]) {
      event({
        specversion: '1.0',
        id: '1',
        source: '/test',
        type: 'any',
        ...(data !== undefined && { data }),
      });
      expect(event.errors).toBeNull();
    }
    expect(event({ id: '1' })).toBe(false);
    const message = messageCheck(document, 'channel.orders', 'message');
    expect(message(7)).toBe(true);
    const view = messageCheck(document, 'channel.views_3a_2a', 'message');
    expect(view({ page: '/' })).toBe(true);
    expect(view({ page: 1 })).toBe(false);
  });

  it('has the handlers of the transport for microservices, by their patterns', async () => {
    @Controller()
    class Prices {
      @EventPattern<string>('order.placed')
      placed(): void {}

      @MessagePattern<string>('price')
      price(): number {
        return 1;
      }
    }
    const replica = await startReplica({ env: { REDIS_URL: redis.url }, controllers: [Prices] });
    const { body } = await replica.request('GET', '/asyncapi.json');
    await replica.stop();
    expect(documentFaults(body)).toEqual([]);
    const { operations } = body as { operations: Record<string, { messages: { $ref: string }[] }> };
    expect(Object.keys(operations)).toEqual(['orders.shipping']);
    expect(operations['orders.shipping'].messages.map(({ $ref }) => $ref)).toEqual([
      '#/channels/stream.orders/messages/order.placed',
      '#/channels/stream.orders/messages/price',
    ]);
    const check = messageCheck(body, 'stream.orders', 'price');
    const event = { specversion: '1.0', id: '1', source: '/test', type: 'price', data: [1] };
    expect([check(event), check({ ...event, type: 'other' })]).toEqual([true, false]);
  });

  it('has JSON Schema without the words that only OpenAPI 3.0 has', () => {
    expect(document.components.schemas.OrderPlacedDto.properties.note.type).toEqual(['string', 'null']);
    expect(JSON.stringify(document)).not.toContain('nullable');
  });

  it('does not tell where Redis is', async () => {
    const { text } = await app.request('GET', '/asyncapi.json');
    expect(text).not.toContain(new URL(redis.url).port);
  });

  it('is there while Redis is away', async () => {
    await redis.kill();
    expect((await app.request('GET', '/asyncapi.json')).body).toEqual(document);
  });
});

it('GET /asyncapi.json is valid for the app as it is, and gone with EventsModule', async () => {
  const settings = { REDIS_URL: (await TestRedis.start()).url };
  const whole = await TestApp.start(settings, appWithout('PostgresModule', 'CatalogModule'));
  expect(documentFaults((await whole.request('GET', '/asyncapi.json')).body as object)).toEqual([]);
  const bare = await TestApp.start(settings, appWithout('PostgresModule', 'CatalogModule', 'EventsModule'));
  expect((await bare.request('GET', '/asyncapi.json')).status).toBe(404);
});
