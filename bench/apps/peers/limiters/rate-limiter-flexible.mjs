// rate-limiter-flexible on ioredis. POLICIES=3: three limiters in its RateLimiterUnion, asked side by side.
import { RateLimiterRedis, RateLimiterUnion } from 'rate-limiter-flexible';
import { ONE_POLICY, serveLimiter, THREE_POLICIES, WINDOW_MS } from '../../rate-limits/workload.mjs';
import { connect } from './connection.mjs';

const names = process.env.POLICIES === '3' ? THREE_POLICIES : ONE_POLICY;
const storeClient = connect();

function makeLimiter(limit) {
  const settings = { storeClient, points: limit, duration: WINDOW_MS / 1000, rejectIfRedisNotReady: true };
  const limiters = names.map((keyPrefix) => new RateLimiterRedis({ ...settings, keyPrefix }));
  return limiters.length === 1 ? limiters[0] : new RateLimiterUnion(...limiters);
}

/** It rejects with its answer when it refuses, and with an Error when something went wrong. */
function isRefusal(error) {
  if (error instanceof Error) throw error;
  return false;
}

await new Promise((resolve) => storeClient.once('ready', resolve));
await serveLimiter((limit) => {
  const limiter = makeLimiter(limit);
  return (client) => limiter.consume(client).then(() => true, isRefusal);
});
