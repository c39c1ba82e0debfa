import { ThrottlerStorageService } from '@nestjs/throttler';
import { throttlerStorageContract } from '../../../test/contracts/throttler-storage.contract.js';
import { TestRedis } from '../../../test/support/redis-server.js';
import { waitFor } from '../../../test/support/wait-for.js';
import { readSettings } from '../../config/index.js';
import { parseRedisUrl, RedisClient, RedisConnections, RedisKeyspace } from '../../redis/index.js';
import { DecisionBatches } from '../decision-batches.js';
import { NativeWindow } from '../native-window.js';
import { RateLimitKeys } from '../rate-limit.keys.js';
import { RedisThrottlerStorage } from './redis-throttler.storage.js';

let redis: TestRedis;
let client: RedisClient;
let storage: RedisThrottlerStorage;
const inMemory = new ThrottlerStorageService();

beforeAll(async () => {
  redis = await TestRedis.start();
  client = new RedisClient(new RedisConnections(parseRedisUrl(redis.url), 'test', 5000));
  const keys = new RateLimitKeys(new RedisKeyspace(readSettings({})));
  storage = new RedisThrottlerStorage(new DecisionBatches(client, keys, new NativeWindow(client)));
  await waitFor(() => client.ready, { what: 'the connection' });
});

afterAll(async () => {
  await client.connections.close();
  inMemory.onApplicationShutdown();
});

throttlerStorageContract('RedisThrottlerStorage', () => storage);
throttlerStorageContract('the in-memory ThrottlerStorageService', () => inMemory);

describe('RedisThrottlerStorage', () => {
  beforeEach(() => redis.client.flushall());

  it('leaves a key a counter, which ends with its window or its block and tells of no client', async () => {
    await storage.increment('client 10.0.0.1', 60_000, 5, 0, 'default');
    await storage.increment('client 10.0.0.2', 60_000, 0, 30_000, 'a:b{c}*\n');
    const keys = (await redis.client.keys('*')).sort();
    expect(keys).toHaveLength(2);
    for (const key of keys) {
      expect(key).toMatch(/^holdfast:default:rate-limit:\{[\w-]+\}:[\w%*-]+$/);
      expect(await redis.client.pttl(key)).toBeGreaterThan(25_000);
    }
    const longest = Math.max(...(await Promise.all(keys.map((key) => redis.client.pttl(key)))));
    expect(longest).toBeLessThanOrEqual(60_000);
  });

  it('has a window that opens with its first hit and that later hits do not prolong', async () => {
    await storage.increment('k', 60_000, 5, 0, 'default');
    const [key] = await redis.client.keys('*');
    const endsAt = await redis.client.pexpiretime(key);
    await storage.increment('k', 60_000, 5, 0, 'default');
    expect(Math.abs((await redis.client.pexpiretime(key)) - endsAt)).toBeLessThanOrEqual(1);
  });
});
