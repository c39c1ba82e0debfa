import { Inject, Injectable, Optional } from '@nestjs/common';
import { Postgres } from '../../postgres/index.js';
import { RedisClient } from '../../redis/index.js';

/** Whether the server has ever been complete. Once it has, a lost store degrades it and does not stop it. */
@Injectable()
export class Startup {
  private done = false;

  constructor(
    @Inject(RedisClient) private readonly redis: RedisClient,
    @Optional() @Inject(Postgres) private readonly postgres?: Postgres,
  ) {}

  /** At most one round trip, none once the server has started. */
  async complete(): Promise<boolean> {
    this.done ||= (this.postgres?.migrated ?? true) && (await this.redisAnswers());
    return this.done;
  }

  private redisAnswers(): Promise<boolean> {
    return this.redis
      .call('observability.ping', (redis) => redis.ping())
      .then(
        () => true,
        () => false,
      );
  }
}
