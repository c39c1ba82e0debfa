import { RateLimitClock } from '../../../test/support/rate-limit-clock.js';
import { tryOut } from '../../../test/support/rate-limit-trial.js';
import { TestRedis } from '../../../test/support/redis-server.js';
import type { Algorithm, Policy } from '../policies/policy.js';
import { policyArguments } from '../policies/policy-arguments.js';
import { decide, refund } from '../rate-limit.scripts.js';

let clock: RateLimitClock;
beforeAll(async () => {
  const redis = await TestRedis.start();
  clock = await RateLimitClock.start(redis.client, { decide, refund, policyArguments });
});
const A: Algorithm[] = [
  'fixed-window',
  'sliding-window-log',
  'sliding-window-counter',
  'token-bucket',
  'leaky-bucket',
];
describe('x', () => {
  for (const algorithm of A)
    for (const [limit, windowMs] of [
      [1, 60000],
      [7, 60000],
      [100, 60000],
      [1000, 60000],
      [3, 1000],
      [3, 2000],
      [1000, 1000],
      [700, 1000],
    ])
      it(`${algorithm} ${limit} ${windowMs}`, async () => {
        const policy: Policy = { name: `${algorithm}${limit}-${windowMs}`, algorithm, limit, windowMs };
        const t=Date.now();
        const { differences, ...counts } = await tryOut(clock, {
          seed: limit,
          policies: [policy],
          operations: 10000,
        });
        console.log(algorithm, limit, windowMs, counts, Date.now() - t);
        expect(differences).toEqual([]);
      });
});
