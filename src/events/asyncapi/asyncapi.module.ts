import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ChannelsKeys } from '../channels/channels.keys.js';
import { DecoratedMethods } from '../decorated-methods.js';
import { StreamsKeys } from '../streams/streams.keys.js';
import { StreamsModule } from '../streams/streams.module.js';
import { AsyncApiController } from './asyncapi.controller.js';
import { AsyncApiService } from './asyncapi.service.js';

/** Says what the app handles. */
@Module({
  imports: [DiscoveryModule, StreamsModule],
  controllers: [AsyncApiController],
  providers: [AsyncApiService, DecoratedMethods, StreamsKeys, ChannelsKeys],
})
export class AsyncApiModule {}
