import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { TestRedis } from '../support/redis-server.js';

const AOF = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];

/** Cuts bytes off the end of the file that is written to, as a kill in the middle of a write does. */
function cutOff(folder: string, bytes: number): void {
  const files = join(folder, 'appendonlydir');
  const last = readdirSync(files).find((name) => name.endsWith('.incr.aof'))!;
  truncateSync(join(files, last), statSync(join(files, last)).size - bytes);
}

const COUNT = `for n = 1, 5 do
  redis.call('INCR', 'count')
  redis.call('SET', 'mark-' .. n, 1)
end`;

it.each([1, 15, 40, 120, 200])(
  'a script of which the last %i bytes were not written has done nothing, also after the next restarts',
  async (bytes) => {
    let redis = await TestRedis.start({ args: AOF });
    await redis.client.eval(`redis.call('SET', 'a', 1) redis.call('SET', 'b', 1)`, 0);
    await redis.client.eval(COUNT, 0);
    await redis.kill();
    cutOff(redis.folder, bytes);
    redis = await redis.restart(AOF);
    expect(await redis.client.keys('*')).toEqual(expect.arrayContaining(['a', 'b']));
    expect(await redis.client.dbsize()).toBe(2);
    // Its caller does it again.
    await redis.client.eval(COUNT, 0);
    for (let restarts = 0; restarts < 2; restarts += 1) {
      await redis.kill();
      redis = await redis.restart(AOF);
      expect(await redis.client.get('count')).toBe('5');
    }
    await redis.stop();
  },
);

it('a file that is whole is left as it is', async () => {
  let redis = await TestRedis.start({ args: AOF });
  await redis.client.eval(COUNT, 0);
  await redis.kill();
  redis = await redis.restart(AOF);
  expect(await redis.client.get('count')).toBe('5');
  expect(await redis.client.dbsize()).toBe(6);
  await redis.stop();
});
