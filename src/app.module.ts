import { Module } from '@nestjs/common';
import { CacheModule } from './cache/index.js';
import { CatalogModule } from './catalog/index.js';
import { EventsModule } from './events/index.js';
import { HttpModule } from './http/index.js';
import { LeaderboardModule } from './leaderboard/index.js';
import { LocksModule } from './locks/index.js';
import { ObservabilityModule } from './observability/index.js';
import { PostgresModule } from './postgres/index.js';
import { RateLimitModule } from './rate-limit/index.js';
import { RedisModule } from './redis/index.js';
import { SessionsModule } from './sessions/index.js';

/** A line a module. The order is the order of the guards; any feature's line can be removed. */
@Module({
  imports: [
    HttpModule,
    RedisModule,
    PostgresModule,
    ObservabilityModule,
    RateLimitModule,
    SessionsModule,
    CacheModule,
    LocksModule,
    LeaderboardModule,
    EventsModule,
    CatalogModule,
  ],
})
export class AppModule {}
