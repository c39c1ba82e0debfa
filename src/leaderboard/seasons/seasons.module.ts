import { Module } from '@nestjs/common';
import { LeaderboardModule } from '../leaderboard.module.js';
import { SeasonArchive } from './season-archive.js';
import { SeasonsRepository } from './seasons.repository.js';

/** Archived seasons, for who imports it: leaderboards by themselves need no Postgres. */
@Module({
  imports: [LeaderboardModule],
  providers: [SeasonArchive, SeasonsRepository],
  exports: [SeasonArchive],
})
export class SeasonsModule {}
