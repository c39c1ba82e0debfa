/** What this process takes Redis' time to be: its own, until Redis says otherwise. A guess: nothing in Redis is decided by it. */
export class RedisTime {
  private aheadMs = 0;

  get nowMs(): number {
    return Date.now() + this.aheadMs;
  }

  /** @param redisMs the time of Redis, just now. */
  correct(redisMs: number): void {
    this.aheadMs = redisMs - Date.now();
  }
}
