import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { RedisClient } from '../../redis/index.js';
import { DecoratedMethods } from '../decorated-methods.js';
import { ChannelMethods } from './channel-methods.js';
import { ChannelSubscriptions } from './channel-subscriptions.js';
import { ChannelTransport } from './channel-transport.js';
import { ChannelsController } from './channels.controller.js';
import { ChannelsKeys } from './channels.keys.js';
import { ChannelsMetrics } from './channels.metrics.js';
import { ChannelsService } from './channels.service.js';
import { PlainTransport } from './plain-transport.js';
import { ShardedTransport } from './sharded-transport.js';

function transportTo(redis: RedisClient, keys: ChannelsKeys): ChannelTransport {
  return redis.connections.clustered ? new ShardedTransport(redis, keys) : new PlainTransport(redis, keys);
}

/** Messages to who listens now. */
@Module({
  imports: [DiscoveryModule],
  controllers: [ChannelsController],
  providers: [
    ChannelsService,
    ChannelsKeys,
    { provide: ChannelTransport, useFactory: transportTo, inject: [RedisClient, ChannelsKeys] },
    ChannelSubscriptions,
    ChannelMethods,
    ChannelsMetrics,
    DecoratedMethods,
  ],
  exports: [ChannelsService],
})
export class ChannelsModule {}
