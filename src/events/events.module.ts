import { Module } from '@nestjs/common';
import { StreamsModule } from './streams/streams.module.js';

/** Events: streams that stay. */
@Module({ imports: [StreamsModule], exports: [StreamsModule] })
export class EventsModule {}
