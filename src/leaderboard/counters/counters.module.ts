import { Module } from '@nestjs/common';
import { CoalescedCounts } from './coalesced-counts.js';
import { CounterStore } from './counter-store.js';
import { CountersController } from './counters.controller.js';
import { CountersKeys } from './counters.keys.js';
import { CountersMetrics } from './counters.metrics.js';
import { CountersService } from './counters.service.js';

/** Counters: exact, sharded where one key is too hot, or coalesced. */
@Module({
  controllers: [CountersController],
  providers: [CountersService, CounterStore, CoalescedCounts, CountersKeys, CountersMetrics],
  exports: [CountersService],
})
export class CountersModule {}
