import { Global, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health/health.controller.js';
import { Startup } from './health/startup.js';
import { BootAdvice } from './memory/boot-advice.js';
import { MemoryController } from './memory/memory.controller.js';
import { RedisMemory } from './memory/redis-memory.js';
import { HttpMetrics } from './metrics/http-metrics.js';
import { Metrics } from './metrics/metrics.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { PostgresMetrics } from './metrics/postgres-metrics.js';
import { RedisMetrics } from './metrics/redis-metrics.js';

/** Probes, metrics and advice for the people who run the fleet. */
@Global()
@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController, MetricsController, MemoryController],
  providers: [Metrics, HttpMetrics, RedisMetrics, PostgresMetrics, RedisMemory, BootAdvice, Startup],
  exports: [Metrics, HttpMetrics],
})
export class ObservabilityModule {}
