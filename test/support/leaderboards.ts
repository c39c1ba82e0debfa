import { Module, type Type } from '@nestjs/common';
import { HttpModule } from '../../src/http/index.js';
import { LeaderboardModule } from '../../src/leaderboard/index.js';
import { ObservabilityModule } from '../../src/observability/index.js';
import { PostgresModule } from '../../src/postgres/index.js';
import { RedisModule } from '../../src/redis/index.js';

/** A replica with leaderboards, counters and activity alone, and what a test adds. */
export function leaderboardsWith(...modules: Type[]): Type {
  @Module({
    imports: [HttpModule, RedisModule, PostgresModule, ObservabilityModule, LeaderboardModule, ...modules],
  })
  class LeaderboardsOnlyModule {}
  return LeaderboardsOnlyModule;
}
