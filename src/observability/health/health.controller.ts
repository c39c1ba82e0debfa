import { Controller, Get, Header, Inject, Optional } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import {
  HealthCheckService,
  type HealthIndicatorFunction,
  type HealthIndicatorResult,
  HealthIndicatorService,
} from '@nestjs/terminus';
import { SkipThrottle } from '@nestjs/throttler';
import { Settings } from '../../config/index.js';
import { GracefulShutdown } from '../../http/index.js';
import { Postgres } from '../../postgres/index.js';
import { RedisClient } from '../../redis/index.js';
import { NotReadyError } from './health.errors.js';
import { Startup } from './startup.js';

/**
 * The three probes with their Kubernetes meaning. Live: restart me. Startup: wait for me. Ready: send me traffic.
 * A lost Redis is `degraded` with 200: every replica shares it, so a 503 would empty the whole Service while the
 * features still answer by their failure policies. READINESS_REQUIRES_REDIS turns that round.
 */
@ApiExcludeController()
@SkipThrottle()
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly startup: Startup,
    private readonly shutdown: GracefulShutdown,
    private readonly settings: Settings,
    private readonly redis: RedisClient,
    @Optional() @Inject(Postgres) private readonly postgres?: Postgres,
  ) {}

  /** The event loop turns; nothing else is asked. */
  @Get('live')
  @Header('cache-control', 'no-store')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('startup')
  @Header('cache-control', 'no-store')
  started(): Promise<unknown> {
    return this.check([() => this.boot()]);
  }

  @Get('ready')
  @Header('cache-control', 'no-store')
  ready(): Promise<unknown> {
    return this.check([() => this.traffic(), () => this.boot(), () => this.state(), () => this.database()]);
  }

  private async check(checks: HealthIndicatorFunction[]): Promise<unknown> {
    try {
      return await this.health.check(checks);
    } catch (error) {
      throw new NotReadyError((error as { getResponse?: () => unknown }).getResponse?.());
    }
  }

  private traffic(): HealthIndicatorResult {
    const indicator = this.indicators.check('traffic');
    return this.shutdown.draining ? indicator.down('draining') : indicator.up();
  }

  private async boot(): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check('startup');
    return (await this.startup.complete()) ? indicator.up() : indicator.down('waiting for the stores');
  }

  private async state(): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check('redis');
    try {
      await this.redis.call('observability.ping', (redis) => redis.ping());
      return indicator.up();
    } catch {
      return this.settings.readinessRequiresRedis ? indicator.down() : indicator.degraded();
    }
  }

  /** Routes that need no database go on without it. */
  private async database(): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check('postgres');
    try {
      await this.postgres?.ping();
      return indicator.up();
    } catch {
      return indicator.degraded();
    }
  }
}
