/**
 * What this process takes Redis' time to be: its own, until a script says otherwise. A guess, for which keys to name; the
 * script that gets them sees to it that they are the right ones.
 */
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
