export type { BoardDefinition, Operator } from './board-definition.js';
export {
  LeaderboardFixedError,
  LeaderboardNotFoundError,
  MemberNotRankedError,
  ScoreOutOfRangeError,
} from './leaderboard.errors.js';
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
export type {
  MemberStanding,
  Neighbours,
  StandingAmong,
  TopChoice,
  TopPage,
  WindowChoice,
} from './leaderboard-queries.js';
export { LeaderboardService, type Repeatable } from './leaderboard.service.js';
export {
  type ArchivedSeason,
  type ArchiveOptions,
  SeasonArchive,
  type SeasonChoice,
} from './seasons/season-archive.js';
export { SeasonGoneError, SeasonNotArchivedError, SeasonRunningError } from './seasons/seasons.errors.js';
export { SeasonsModule } from './seasons/seasons.module.js';
export type { Standing } from './standing.js';
export type { Entry, RefusedEntry, Submission } from './submission.js';
export type { WindowName } from './windows/period.js';
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
export type { CounterWindow, CounterGranularity, WindowsRequest } from './counters/windows.js';
