import { TestRedis } from '../../../test/support/redis-server.js';
import { waitFor } from '../../../test/support/wait-for.js';
import { readSettings } from '../../config/index.js';
import { parseRedisUrl, RedisClient, RedisConnections, RedisKeyspace } from '../../redis/index.js';
import { IdempotencyInProgressError, IdempotencyKeyReusedError } from './idempotency.errors.js';
import { IdempotencyKeys } from './idempotency.keys.js';
import { type Claim, IdempotencyService } from './idempotency.service.js';

const ANSWER = { headers: { location: '/x' }, body: { token: 's3cret' } };

let redis: TestRedis;
let client: RedisClient;
let service: IdempotencyService;

beforeAll(async () => {
  redis = await TestRedis.start();
  client = new RedisClient(new RedisConnections(parseRedisUrl(redis.url), 'test', 5000));
  service = new IdempotencyService(client, new IdempotencyKeys(new RedisKeyspace(readSettings({}))));
  await waitFor(() => client.ready, { what: 'the connection' });
});

beforeEach(() => redis.client.flushall());

afterAll(() => client.connections.close());

async function claim(key: string, request = 'POST /x {}'): Promise<Claim> {
  const begun = await service.begin(key, request);
  if ('body' in begun) throw new Error('the key was used before');
  return begun;
}

const ttl = async () => redis.client.pttl((await redis.client.keys('*'))[0]);

describe('an idempotency key', () => {
  it('gives the first answer for a day, which Redis cannot read', async () => {
    await service.complete(await claim('k'), ANSWER);
    expect(await service.begin('k', 'POST /x {}')).toEqual(ANSWER);
    expect(await ttl()).toBeGreaterThan(86_000_000);
    expect(await ttl()).toBeLessThanOrEqual(86_400_000);
    const [key] = await redis.client.keys('*');
    expect(`${key} ${await redis.client.get(key)}`).not.toMatch(/s3cret|POST|\bk\b/);
  });

  it('is held for half a minute at most by a request that died with its process', async () => {
    await claim('k');
    await expect(service.begin('k', 'POST /x {}')).rejects.toBeInstanceOf(IdempotencyInProgressError);
    expect(await ttl()).toBeGreaterThan(20_000);
    expect(await ttl()).toBeLessThanOrEqual(30_000);
  });

  it('belongs to its request, while that runs and when it is done', async () => {
    const first = await claim('k');
    await expect(service.begin('k', 'POST /y {}')).rejects.toBeInstanceOf(IdempotencyKeyReusedError);
    await service.complete(first, ANSWER);
    await expect(service.begin('k', 'POST /y {}')).rejects.toBeInstanceOf(IdempotencyKeyReusedError);
  });

  it('is free again once its request has given it back', async () => {
    await service.release(await claim('k'));
    expect(await redis.client.keys('*')).toEqual([]);
    expect(await claim('k', 'POST /y {}')).toMatchObject({ idempotencyKey: 'k' });
  });

  it('is neither answered nor given back by a request that has lost it to another', async () => {
    const slow = await claim('k');
    await redis.client.flushall();
    const fast = await claim('k');
    await service.complete(slow, { headers: {}, body: 'slow' });
    await service.release(slow);
    await expect(service.begin('k', 'POST /x {}')).rejects.toBeInstanceOf(IdempotencyInProgressError);
    await service.complete(fast, ANSWER);
    await service.complete(slow, { headers: {}, body: 'slow' });
    await service.release(slow);
    expect(await service.begin('k', 'POST /x {}')).toEqual(ANSWER);
  });
});
