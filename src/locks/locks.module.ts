import { Module } from '@nestjs/common';
import { DurableLeases } from './durable/durable-leases.js';
import { FencingMarks } from './fencing/fencing-marks.js';
import { LeaseDesk } from './lease-desk.js';
import { LeaseEngine } from './lease-engine.js';
import { LockSets } from './lock-sets.js';
import { LockStore } from './lock-store.js';
import { SemaphoresController } from './locks-semaphores.controller.js';
import { SemaphoresService } from './locks-semaphores.service.js';
import { LocksController } from './locks.controller.js';
import { LocksKeys } from './locks.keys.js';
import { LocksMetrics } from './locks.metrics.js';
import { LocksService } from './locks.service.js';
import { Leftovers } from './queue/leftovers.js';
import { LocalLocks } from './queue/local-locks.js';

/** Locks and semaphores for all replicas. */
@Module({
  controllers: [LocksController, SemaphoresController],
  providers: [
    LocksService,
    SemaphoresService,
    LeaseEngine,
    LeaseDesk,
    LocksKeys,
    LocksMetrics,
    LockStore,
    LockSets,
    LocalLocks,
    Leftovers,
    FencingMarks,
    DurableLeases,
  ],
  exports: [LocksService, SemaphoresService, FencingMarks],
})
export class LocksModule {}
