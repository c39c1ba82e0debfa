// The floor: what the guarded request reads from Redis, as three plain commands in one pipeline, and nothing else.
import { createRequire } from 'node:module';
import { Redis } from 'ioredis';
import { serveDriver } from '../common/driver.mjs';

const { CACHE_TTL_MS, SESSION_DATA, SESSION_TTL_MS, WINDOW_MS } = createRequire(import.meta.url)(
  '../../dist/common/child.js',
);
const { makeProduct } = createRequire(import.meta.url)('../../dist/common/product.js');

const USERS = 64;
const redis = new Redis(process.env.REDIS_URL);
const sessionKey = (user) => `app:session:{user-${user}}`;

async function seed() {
  for (let user = 0; user < USERS; user += 1) {
    await redis.hset(sessionKey(user), { userId: `user-${user}`, data: JSON.stringify(SESSION_DATA) });
    await redis.pexpire(sessionKey(user), SESSION_TTL_MS);
  }
  await redis.set('app:cache:/products/1001', JSON.stringify(makeProduct('1001')), 'PX', CACHE_TTL_MS);
  await redis.set('app:limit:127.0.0.1', 0, 'PX', WINDOW_MS * 60);
}

async function operate(index) {
  const replies = await redis
    .pipeline()
    .hgetall(sessionKey(index % USERS))
    .incr('app:limit:127.0.0.1')
    .get('app:cache:/products/1001')
    .exec();
  const [session, hits, product] = replies.map(([error, value]) => (error ? Promise.reject(error) : value));
  return session.userId !== undefined && hits > 0 && JSON.parse(product);
}

await seed();
serveDriver(operate);
