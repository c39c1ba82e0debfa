import { Random } from '../../../test/support/random.js';
import { TestRedis } from '../../../test/support/redis-server.js';
import { ChannelPattern } from './channel-pattern.js';

const LETTERS = [...'abc-*[]^\\:ü\n'];
/** No range ends at a letter beyond ASCII: there Redis compares as the machine has it, with bytes that have a sign or none. */
const PIECES = [...'abc*?[]^\\:ü\n', '[a-c]', '[^b]', '[c-a]', '[--a]'];

it('takes what Redis takes', async () => {
  const redis = await TestRedis.start();
  const random = new Random(7);
  const some = (from: readonly string[]) =>
    Array.from({ length: random.integer(1, 6) }, () => random.pick(from)).join('');
  const names = [...new Set(Array.from({ length: 2000 }, () => some(LETTERS)))];
  await redis.client.mset(names.flatMap((name) => [name, '1']));
  let taken = 0;
  for (let n = 0; n < 2000; n += 1) {
    const pattern = some(PIECES);
    const matcher = new ChannelPattern(pattern);
    const ours = names.filter((name) => matcher.takes(Buffer.from(name)));
    expect([pattern, ours.sort()]).toEqual([pattern, (await redis.client.keys(pattern)).sort()]);
    // Whatever a pattern takes is on the feed that it listens to.
    const { topic } = matcher;
    const isOnFeed = (name: string) => topic === undefined || name.startsWith(`${topic}:`);
    expect(ours.every(isOnFeed)).toBe(true);
    taken += ours.length;
  }
  expect(taken).toBeGreaterThan(10_000);
}, 60_000);

it('tries no star again once there is a later one', () => {
  const name = Buffer.from('a'.repeat(256));
  expect(new ChannelPattern(`${'a*'.repeat(127)}b`).takes(name)).toBe(false);
});
