export { Fenced } from './decorators/fenced.decorator.js';
export { WithLock } from './decorators/with-lock.decorator.js';
export { FencingMarks } from './fencing/fencing-marks.js';
export { notFenced } from './fencing/fenced-sql.js';
export { Lease } from './lease.js';
export type { LeaseOptions, LockOptions, PermitOptions } from './lease-options.js';
export type { LeaseSet } from './lease-set.js';
export {
  FencingTokenStaleError,
  LockNotAcquiredError,
  LockNotDurableError,
  LockNotOwnedError,
} from './locks.errors.js';
export { SemaphoresService } from './locks-semaphores.service.js';
export { LocksModule } from './locks.module.js';
export { LocksService } from './locks.service.js';
