import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Replies } from '../adapters/redis-streams.replies.js';
import { DecoratedMethods } from '../decorated-methods.js';
import { Fleet } from './groups/fleet.js';
import { GroupMembers } from './groups/group-members.js';
import { GroupStores } from './groups/group-store.js';
import { GroupsController } from './groups/groups.controller.js';
import { GroupsMetrics } from './groups/groups.metrics.js';
import { GroupsService } from './groups/groups.service.js';
import { StreamConsumers } from './groups/stream-consumers.js';
import { Inbox } from './inbox.js';
import { LiveStreams } from './live/live-streams.js';
import { Publisher } from './publisher.js';
import { Retention } from './retention/retention.js';
import { StreamReader } from './stream-reader.js';
import { StreamsController } from './streams.controller.js';
import { StreamsKeys } from './streams.keys.js';
import { StreamsMetrics } from './streams.metrics.js';
import { StreamsService } from './streams.service.js';

/** Durable events, and the consumer groups that handle them. */
@Module({
  imports: [DiscoveryModule],
  controllers: [StreamsController, GroupsController],
  providers: [
    StreamsService,
    GroupsService,
    StreamsKeys,
    StreamsMetrics,
    Publisher,
    StreamReader,
    LiveStreams,
    Inbox,
    Retention,
    GroupStores,
    GroupMembers,
    GroupsMetrics,
    DecoratedMethods,
    Fleet,
    StreamConsumers,
    Replies,
  ],
  // The last two are for the adapters: index.ts does not name them.
  exports: [StreamsService, GroupsService, StreamConsumers, Retention, Publisher, Replies],
})
export class StreamsModule {}
