export { ActivityModeConflictError, ActivityNotExactError } from './activity/activity.errors.js';
export type { ActivityMode } from './activity/activity.scripts.js';
export {
  type ActiveUsers,
  type ActiveUsersRange,
  ActivityService,
  type Marked,
  type MarkOptions,
  type Retention,
} from './activity/activity.service.js';
export { MarksActive } from './activity/decorators/marks-active.decorator.js';
export type { Granularity } from './activity/period.js';
export { LeaderboardModule } from './leaderboard.module.js';
