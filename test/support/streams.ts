import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Module, type Type } from '@nestjs/common';
import { EventsModule } from '../../src/events/index.js';
import { HttpModule } from '../../src/http/index.js';
import { ObservabilityModule } from '../../src/observability/index.js';
import { RedisModule } from '../../src/redis/index.js';
import type { TestRedis } from './redis-server.js';

/** An app with events and the given providers, which consume them. */
export function consumersApp(...providers: Type[]): Type {
  @Module({ providers })
  class ConsumersModule {}
  @Module({ imports: [HttpModule, RedisModule, ObservabilityModule, EventsModule, ConsumersModule] })
  class EventsApp {}
  return EventsApp;
}

export const streamKey = (stream: string) => `holdfast:default:events:{${stream}}:stream`;

const WAKE = readFileSync(join(__dirname, '../../src/events/streams/lua/wake.lua'), 'utf8');
const ADD = `${WAKE}
for _, entry in ipairs(ARGV) do redis.call('XADD', KEYS[1], '*', 'e', entry) end
wake(KEYS[2], KEYS[1], false)`;

/** Publishes as a program in another language could: events of the type `test` with such data. */
export async function add(redis: TestRedis, stream: string, ...data: unknown[]): Promise<void> {
  const events = data.map((each, n) =>
    JSON.stringify({ specversion: '1.0', id: `${n}`, source: '/test', type: 'test', data: each }),
  );
  await redis.client.eval(ADD, 2, streamKey(stream), `holdfast:default:events:{${stream}}:idle`, ...events);
}
