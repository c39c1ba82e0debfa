// The same flood as in ../../rate-limits/holdfast-refused.mjs, answered by rate-limiter-flexible's block in memory.
import { setImmediate as turn } from 'node:timers/promises';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { serveDriver } from '../../common/driver.mjs';
import { connect } from './connection.mjs';

const BATCH = 1000;
const client = '192.0.2.1';
const limiter = new RateLimiterRedis({
  storeClient: connect(),
  points: 1,
  duration: 86_400,
  inMemoryBlockOnConsumed: 1,
});

async function isRefused() {
  try {
    await limiter.consume(client);
    return false;
  } catch (error) {
    if (error instanceof Error) throw error;
    return true;
  }
}

while (!(await isRefused()));
serveDriver(
  async () => {
    let refused = 0;
    for (let call = 0; call < BATCH; call += 1) if (await isRefused()) refused += 1;
    if (refused !== BATCH) throw new Error('A request was allowed over its limit.');
    await turn();
    return true;
  },
  { batch: BATCH },
);
