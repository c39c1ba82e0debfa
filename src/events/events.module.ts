import { Module } from '@nestjs/common';
import { AsyncApiModule } from './asyncapi/asyncapi.module.js';
import { ChannelsModule } from './channels/channels.module.js';
import { OwnEventsStream } from './own-events-stream.js';
import { SseMetrics } from './sse/sse.metrics.js';
import { StreamsModule } from './streams/streams.module.js';

/** Channels that forget, streams that do not. */
@Module({
  imports: [ChannelsModule, StreamsModule, AsyncApiModule],
  providers: [SseMetrics, OwnEventsStream],
  exports: [ChannelsModule, StreamsModule],
})
export class EventsModule {}
