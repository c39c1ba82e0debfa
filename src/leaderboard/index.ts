export { LeaderboardModule } from './leaderboard.module.js';
export { CounterOutOfRangeError } from './counters/counters.errors.js';
export { CountersModule } from './counters/counters.module.js';
export {
  type ByOptions,
  type CounterState,
  type CountOptions,
  CountersService,
  type IncrementOptions,
  type ShardedOptions,
} from './counters/counters.service.js';
export { CountsView } from './counters/decorators/counts-view.decorator.js';
export type { CounterWindow, Granularity, WindowsRequest } from './counters/windows.js';
