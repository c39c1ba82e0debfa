// rate-limit-redis, the store of express-rate-limit, on ioredis as its README shows.
import { RedisStore } from 'rate-limit-redis';
import { serveLimiter, WINDOW_MS } from '../../rate-limits/workload.mjs';
import { connect } from './connection.mjs';

const redis = connect();
const store = new RedisStore({ sendCommand: (command, ...args) => redis.call(command, ...args) });
await store.init({ windowMs: WINDOW_MS });

await serveLimiter((limit) => async (client) => {
  const { totalHits } = await store.increment(client);
  return totalHits <= limit;
});
