import { TestApp } from '../support/app.js';
import { TestRedis } from '../support/redis-server.js';
import { consumersApp } from '../support/streams.js';
import { waitFor } from '../support/wait-for.js';

it('refuses a subscription while Redis is silent on connections that stay open', async () => {
  const redis = await TestRedis.start();
  const app = await TestApp.start({ REDIS_URL: redis.url, REDIS_COMMAND_TIMEOUT_MS: '500' }, consumersApp());
  const subscribe = async (channel: string) => {
    const signal = AbortSignal.timeout(20_000);
    const response = await fetch(`${app.url}/v1/channels/subscription?channel=${channel}`, { signal });
    await response.body?.cancel();
    return response.status;
  };
  expect(await subscribe('before')).toBe(200);
  redis.freeze();
  expect(await subscribe('meanwhile')).toBe(503);
  redis.thaw();
  await waitFor(async () => (await subscribe('after')) === 200, { what: 'subscriptions to be taken again' });
});
