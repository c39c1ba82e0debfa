import { Module } from '@nestjs/common';
import { ActivityModule } from './activity/activity.module.js';
import { CountersModule } from './counters/counters.module.js';

/** Leaderboards, counters and active users. */
@Module({ imports: [CountersModule, ActivityModule], exports: [ActivityModule] })
export class LeaderboardModule {}
