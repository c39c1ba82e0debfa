export { Lease } from './lease.js';
export type { LeaseOptions, LockOptions, PermitOptions } from './lease-options.js';
export { LockNotAcquiredError, LockNotOwnedError } from './locks.errors.js';
export { SemaphoresService } from './locks-semaphores.service.js';
export { LocksModule } from './locks.module.js';
export { LocksService } from './locks.service.js';
