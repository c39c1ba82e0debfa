import { Module } from '@nestjs/common';
import { ActivityModule } from './activity/activity.module.js';
import { CountersModule } from './counters/counters.module.js';
import { KnownBoards } from './known-boards.js';
import { LeaderboardController } from './leaderboard.controller.js';
import { LeaderboardKeys } from './leaderboard.keys.js';
import { LeaderboardMetrics } from './leaderboard.metrics.js';
import { LeaderboardService } from './leaderboard.service.js';

/** Leaderboards, counters and active users. */
@Module({
  imports: [CountersModule, ActivityModule],
  controllers: [LeaderboardController],
  providers: [LeaderboardService, LeaderboardKeys, LeaderboardMetrics, KnownBoards],
  exports: [LeaderboardService, KnownBoards],
})
export class LeaderboardModule {}
