import { Injectable } from '@nestjs/common';
import { RedisClient } from '../../redis/index.js';
import { FencingTokenStaleError } from '../locks.errors.js';
import { LocksKeys } from '../locks.keys.js';
import { admitToken } from '../locks.scripts.js';

/** The highest fencing token that each resource has seen, for resources that cannot remember it themselves. */
@Injectable()
export class FencingMarks {
  constructor(
    private readonly redis: RedisClient,
    private readonly keys: LocksKeys,
  ) {}

  /**
   * Admits who comes with the token of a lease, unless one with a higher token was here before. One round trip, O(1). A week after
   * the last one the mark goes, and tokens older than that are refused all the same.
   *
   * What follows is not one step with it: a holder that is delayed in between comes late after all. Where the resource can
   * compare tokens itself, in the script or statement that writes, let it.
   *
   * @param resource 1 to 256 bytes.
   * @throws FencingTokenStaleError, StateStoreUnavailableError
   */
  async admit(resource: string, token: bigint): Promise<void> {
    const args = { token: String(token) };
    const isAdmitted = await this.redis.run(admitToken, { keys: { mark: this.keys.mark(resource) }, args });
    if (!isAdmitted) throw new FencingTokenStaleError(resource);
  }
}
