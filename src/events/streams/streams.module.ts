import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Fleet } from './groups/fleet.js';
import { GroupMembers } from './groups/group-members.js';
import { GroupStores } from './groups/group-store.js';
import { GroupsController } from './groups/groups.controller.js';
import { GroupsMetrics } from './groups/groups.metrics.js';
import { GroupsService } from './groups/groups.service.js';
import { OnStreamMethods } from './groups/on-stream-methods.js';
import { StreamConsumers } from './groups/stream-consumers.js';
import { Inbox } from './inbox.js';
import { Retention } from './retention/retention.js';
import { StreamsKeys } from './streams.keys.js';

/** Durable events, and the consumer groups that handle them. */
@Module({
  imports: [DiscoveryModule],
  controllers: [GroupsController],
  providers: [
    GroupsService,
    StreamsKeys,
    Inbox,
    Retention,
    GroupStores,
    GroupMembers,
    GroupsMetrics,
    OnStreamMethods,
    Fleet,
    StreamConsumers,
  ],
  exports: [GroupsService],
})
export class StreamsModule {}
