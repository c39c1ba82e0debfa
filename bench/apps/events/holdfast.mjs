// StreamsService and @OnStream of Holdfast from dist/, as a team's module has them, in a process that answers no HTTP. STREAMS: how many
// streams it consumes; without it, it only publishes. HOLD_MS: how long a handler takes.
import { setTimeout as sleep } from 'node:timers/promises';
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { createApp } from '../../../dist/app.setup.js';
import { readSettings } from '../../../dist/config/index.js';
import { OnStream, StreamsModule, StreamsService } from '../../../dist/events/index.js';
import { HttpModule } from '../../../dist/http/index.js';
import { ObservabilityModule } from '../../../dist/observability/index.js';
import { RedisClient, RedisModule } from '../../../dist/redis/index.js';
import { serveEvents } from './workload.mjs';

const STREAMS = Number(process.env.STREAMS ?? 0);
const CONCURRENCY = Number(process.env.CONCURRENCY ?? 200);
const HOLD_MS = Number(process.env.HOLD_MS ?? 0);

let handle = () => {};

// oxlint-disable-next-line typescript/no-extraneous-class -- Its methods are made below.
class Handlers {}
for (let n = 0; n < STREAMS; n += 1) {
  const method = `handle${n}`;
  Handlers.prototype[method] = ({ data }) => {
    handle(data);
    if (HOLD_MS > 0) return sleep(HOLD_MS, undefined, { ref: false });
  };
  const descriptor = Object.getOwnPropertyDescriptor(Handlers.prototype, method);
  OnStream(`stream-${n}`, { group: 'bench', concurrency: CONCURRENCY })(
    Handlers.prototype,
    method,
    descriptor,
  );
}
Injectable()(Handlers);

class EventsOnlyModule {}
Module({
  imports: [HttpModule, RedisModule, ObservabilityModule, StreamsModule],
  providers: [Handlers],
})(EventsOnlyModule);

const settings = readSettings({
  REDIS_URL: process.env.REDIS_URL,
  LOG_LEVEL: 'error',
  REDIS_COMMAND_TIMEOUT_MS: '5000',
});
const app = await createApp(settings, EventsOnlyModule);
let roundTrips = 0;
const redis = app.get(RedisClient, { strict: false });
redis.observe(({ feature }) => {
  if (feature === 'streams' || feature === 'groups' || feature === 'retention') roundTrips += 1;
});
await app.init();
const streams = app.get(StreamsService, { strict: false });
const draft = (data) => ({ type: 'bench', data });

handle = serveEvents({
  publish: (events) => streams.publishMany('stream-0', events.map(draft)),
  publishOne: (event) => streams.publish('stream-0', draft(event)),
  roundTrips: () => roundTrips,
});
