// @nest-lab/throttler-storage-redis as ThrottlerGuard uses it. POLICIES=3: three throttlers, one after the other.
import { ThrottlerStorageRedisService } from '@nest-lab/throttler-storage-redis';
import { ONE_POLICY, serveLimiter, THREE_POLICIES, WINDOW_MS } from '../../rate-limits/workload.mjs';
import { connect } from './connection.mjs';

const names = process.env.POLICIES === '3' ? THREE_POLICIES : ONE_POLICY;
const storage = new ThrottlerStorageRedisService(connect());

await serveLimiter((limit) => async (client) => {
  for (const name of names) {
    const { isBlocked } = await storage.increment(client, WINDOW_MS, limit, WINDOW_MS, name);
    if (isBlocked) return false;
  }
  return true;
});
