import { Module } from '@nestjs/common';
import { Inbox } from './inbox.js';
import { Publisher } from './publisher.js';
import { StreamReader } from './stream-reader.js';
import { StreamsKeys } from './streams.keys.js';
import { StreamsMetrics } from './streams.metrics.js';
import { StreamsService } from './streams.service.js';

/** Durable events. */
@Module({
  providers: [StreamsService, StreamsKeys, StreamsMetrics, Publisher, StreamReader, Inbox],
  exports: [StreamsService],
})
export class StreamsModule {}
