import { Module, type Provider, type Type } from '@nestjs/common';
import {
  EventsModule,
  RedisStreamsClient,
  type RedisStreamsOptions,
  RedisStreamsStrategy,
} from '../../src/events/index.js';
import { HttpModule } from '../../src/http/index.js';
import { ObservabilityModule } from '../../src/observability/index.js';
import { RedisModule } from '../../src/redis/index.js';
import { TestApp } from './app.js';

export interface Replica {
  /** Settings by variable. */
  readonly env: Record<string, string>;
  readonly controllers?: Type[];
  readonly providers?: Provider[];
  readonly timeoutMs?: number;
}

/** A replica with handlers of the stream `orders`, in the group `shipping` unless told otherwise, and a client of that stream. */
export async function startReplica(
  { env, controllers, providers = [], timeoutMs }: Replica,
  options: Partial<RedisStreamsOptions> = {},
): Promise<TestApp> {
  const client = RedisStreamsClient.forStream({ stream: 'orders', timeoutMs });
  @Module({ imports: [EventsModule], controllers, providers: [client, ...providers] })
  class OrdersModule {}
  @Module({ imports: [HttpModule, RedisModule, ObservabilityModule, OrdersModule] })
  class Root {}
  const app = await TestApp.start(env, Root);
  if (controllers) {
    app.nest.connectMicroservice(
      RedisStreamsStrategy.forStream({ stream: 'orders', group: 'shipping', ...options }),
    );
    await app.nest.startAllMicroservices();
  }
  return app;
}
