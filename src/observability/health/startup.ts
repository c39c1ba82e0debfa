import { Inject, Injectable } from '@nestjs/common';
import { RedisClient } from '../../redis/index.js';

/** Whether the server has ever been complete. Once it has, a lost store degrades it and does not stop it. */
@Injectable()
export class Startup {
  private done = false;

  constructor(@Inject(RedisClient) private readonly redis: RedisClient) {}

  /** At most one round trip, none once the server has started. */
  async complete(): Promise<boolean> {
    this.done ||= await this.redis
      .call('observability.ping', (redis) => redis.ping())
      .then(
        () => true,
        () => false,
      );
    return this.done;
  }
}
