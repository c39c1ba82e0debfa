import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { CoalescedCounts } from './coalesced-counts.js';
import { CounterStore } from './counter-store.js';
import { CountersController } from './counters.controller.js';
import { CountersKeys } from './counters.keys.js';
import { CountersMetrics } from './counters.metrics.js';
import { CountersService } from './counters.service.js';
import { CountersStarter } from './counters.starter.js';

/** Counters: exact, sharded where one key is too hot, or coalesced. */
@Module({
  imports: [DiscoveryModule],
  controllers: [CountersController],
  providers: [CountersService, CounterStore, CoalescedCounts, CountersKeys, CountersMetrics, CountersStarter],
  exports: [CountersService],
})
export class CountersModule {}
