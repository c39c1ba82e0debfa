import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { DecoratedMethods } from '../decorated-methods.js';
import { ChannelMethods } from './channel-methods.js';
import { ChannelSubscriptions } from './channel-subscriptions.js';
import { ChannelsController } from './channels.controller.js';
import { ChannelsKeys } from './channels.keys.js';
import { ChannelsMetrics } from './channels.metrics.js';
import { ChannelsService } from './channels.service.js';

/** Messages to who listens now. */
@Module({
  imports: [DiscoveryModule],
  controllers: [ChannelsController],
  providers: [
    ChannelsService,
    ChannelsKeys,
    ChannelSubscriptions,
    ChannelMethods,
    ChannelsMetrics,
    DecoratedMethods,
  ],
  exports: [ChannelsService],
})
export class ChannelsModule {}
