import { Module } from '@nestjs/common';
import { ChannelsModule } from './channels/channels.module.js';
import { StreamsModule } from './streams/streams.module.js';

/** Channels that forget, streams that do not. */
@Module({
  imports: [ChannelsModule, StreamsModule],
  exports: [ChannelsModule, StreamsModule],
})
export class EventsModule {}
