import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestRedis } from '../../test/support/redis-server.js';
import { RedisClient } from './redis.client.js';
import { RedisConnections } from './redis.connections.js';
import { defineScript } from './redis.script.js';
import { parseRedisUrl } from './redis.url.js';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-lua-'));
mkdirSync(join(folder, 'lua'));
writeFileSync(
  join(folder, 'lua', 'add.lua'),
  "if ARGV[2] == 'nil' then\n  return nil\nend\nreturn redis.call('INCRBY', KEYS[1], ARGV[1])\n",
);
const add = defineScript({
  name: 'test.add',
  directory: folder,
  keys: ['counter'],
  args: ['by', 'reply'],
  reply: (raw) => raw as number | null,
});

describe('calls of a script in one turn of the event loop', () => {
  let redis: TestRedis;
  let client: RedisClient;

  beforeAll(async () => {
    redis = await TestRedis.start();
    const connections = new RedisConnections(parseRedisUrl(redis.url), 'test', 5000);
    client = new RedisClient(connections);
    await connections.readyWithin(5000);
    await call('warm', 0);
  });

  afterAll(async () => {
    await client.connections.close();
    rmSync(folder, { recursive: true });
  });

  const call = (counter: string, by: number, reply = '') =>
    client.run(add, { keys: { counter }, args: { by, reply } });

  const commands = async () => {
    const stats = await redis.client.info('commandstats');
    return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0);
  };

  it('leave as one command, each with its own keys, arguments and reply', async () => {
    await Promise.all([call('x', 1), call('x', 1)]);
    const before = await commands();
    const replies = await Promise.all([
      call('a', 1),
      call('b', 2),
      call('a', 10),
      call('c', 3, 'nil'),
      call('b', 20),
    ]);
    expect(replies).toEqual([1, 2, 11, null, 22]);
    expect((await commands()) - before).toBe(1);
  });

  it('leave in several commands when they are many', async () => {
    const before = await commands();
    const replies = await Promise.all(Array.from({ length: 130 }, () => call('many', 1)));
    expect(replies).toEqual(Array.from({ length: 130 }, (_, index) => index + 1));
    expect((await commands()) - before).toBe(5);
  });

  it('fail one by one', async () => {
    await redis.client.set('text', 'not a number');
    const outcomes = await Promise.allSettled([call('fine', 1), call('text', 1), call('fine', 1)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await redis.client.get('fine')).toBe('2');
  });

  it('survive a server that has forgotten the script', async () => {
    await redis.client.script('FLUSH');
    expect(await Promise.all([call('again', 1), call('again', 1)])).toEqual([1, 2]);
  });
});
