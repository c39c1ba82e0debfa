import { Module } from '@nestjs/common';
import { ChannelsModule } from './channels/channels.module.js';
import { SseMetrics } from './sse/sse.metrics.js';
import { StreamsModule } from './streams/streams.module.js';

/** Channels that forget, streams that do not. */
@Module({
  imports: [ChannelsModule, StreamsModule],
  providers: [SseMetrics],
  exports: [ChannelsModule, StreamsModule],
})
export class EventsModule {}
