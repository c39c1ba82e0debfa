import { Module } from '@nestjs/common';
import { ActivityModule } from './activity/activity.module.js';
import { CountersModule } from './counters/counters.module.js';
import { KnownBoards } from './known-boards.js';
import { LeaderboardController } from './leaderboard.controller.js';
import { LeaderboardKeys } from './leaderboard.keys.js';
import { LeaderboardMetrics } from './leaderboard.metrics.js';
import { LeaderboardService } from './leaderboard.service.js';
import { Submissions } from './submissions.js';

/** Leaderboards, counters and active users. */
@Module({
  imports: [CountersModule, ActivityModule],
  controllers: [LeaderboardController],
  providers: [LeaderboardService, LeaderboardKeys, LeaderboardMetrics, KnownBoards, Submissions],
  // KnownBoards is for the seasons of this feature: index.ts does not give it away.
  exports: [LeaderboardService, KnownBoards],
})
export class LeaderboardModule {}
