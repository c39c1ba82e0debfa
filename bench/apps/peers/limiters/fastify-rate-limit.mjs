// The Redis store of @fastify/rate-limit, without its plugin: the store is what the plugin asks on every request.
import RedisStore from '@fastify/rate-limit/store/RedisStore.js';
import { serveLimiter, WINDOW_MS } from '../../rate-limits/workload.mjs';
import { connect } from './connection.mjs';

const store = new RedisStore(false, false, connect());

await serveLimiter(
  (limit) => (client) =>
    new Promise((resolve, reject) => {
      const answer = (error, result) => (error ? reject(error) : resolve(result.current <= limit));
      store.incr(client, answer, WINDOW_MS, limit);
    }),
);
