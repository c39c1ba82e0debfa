import { RateLimitClock } from '../../../test/support/rate-limit-clock.js';
import { TestRedis } from '../../../test/support/redis-server.js';
import { waitFor } from '../../../test/support/wait-for.js';
import { readSettings } from '../../config/index.js';
import { RedisKeyspace } from '../../redis/index.js';
import { ALGORITHMS, type Algorithm, type Policy } from '../policies/policy.js';
import { decideParameters } from '../decide-call.js';
import { policyArguments } from '../policies/policy-arguments.js';
import { RateLimitKeys } from '../rate-limit.keys.js';
import { decide, refund } from '../rate-limit.scripts.js';

const WINDOW_MS = 60_000;
const CLIENT = 'client 10.0.0.1';
const keys = new RateLimitKeys(new RedisKeyspace(readSettings({})));

let clock: RateLimitClock;

beforeAll(async () => {
  const keyOf = ({ key, policy }: { key: string; policy: Policy }) => keys.counter(key, policy.name);
  clock = await RateLimitClock.start({ decide, refund, decideParameters, policyArguments, keyOf });
});

beforeEach(() => clock.flush());

const limited = (algorithm: Algorithm, limit: number): Policy => ({
  name: 'default',
  algorithm,
  limit,
  windowMs: WINDOW_MS,
});

const info = async (section: string, field: string): Promise<number> =>
  Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(await clock.redis.info(section))?.[1]);

describe('the bytes that Redis needs for a counter', () => {
  const bytesOf = async (policy: Policy): Promise<number> =>
    Number(await clock.redis.memory('USAGE', clock.keyOf({ policy, key: CLIENT })));

  /** As full as a counter of its kind can be: hits in each part of the window, and for long. */
  async function fill(policy: Policy): Promise<number> {
    let most = 0;
    const checks = [{ policy, key: CLIENT }];
    for (let twentieth = 0; twentieth < 100; twentieth += 1) {
      const request = { operation: 'charge' as const, checks };
      const requests = Array.from({ length: Math.ceil(policy.limit / 20) }, () => request);
      await clock.run([{ atMicros: clock.nowMicros, requests }]);
      most = Math.max(most, await bytesOf(policy));
      clock.advance(WINDOW_MS / 20);
    }
    return most;
  }

  it.each([
    ['fixed-window', 128, 128],
    ['token-bucket', 128, 128],
    ['leaky-bucket', 128, 128],
    ['sliding-window-counter', 160, 184],
  ] as const)('are few, whatever the limit: %s', async (algorithm, bytes, bytesOfMillions) => {
    expect(await fill(limited(algorithm, 1000))).toBeLessThanOrEqual(bytes);
    const millions = limited(algorithm, 1_000_000_000);
    for (let tenth = 0; tenth < 40; tenth += 1) {
      await clock.charge(millions, 90_000_000 - (tenth % 7), CLIENT);
      expect(await bytesOf(millions)).toBeLessThanOrEqual(bytesOfMillions);
      clock.advance(WINDOW_MS / 10);
    }
  });

  it('are few for a block', async () => {
    const policy = { ...limited('fixed-window', 1000), blockDurationMs: 1000 };
    await clock.charge(policy, 1000, CLIENT);
    expect(await clock.charge(policy, 1, CLIENT)).toMatchObject({ answer: 0, retryAfterMs: 1000 });
    expect(await bytesOf(policy)).toBeLessThanOrEqual(128);
  });

  it('are less than 5 a hit of a log, with its key', async () => {
    const limit = 1000;
    const policy = limited('sliding-window-log', limit);
    const bytes = await fill(policy);
    expect((await clock.peek(policy, 1, CLIENT)).remaining).toBeLessThanOrEqual(limit / 20);
    expect(await clock.redis.strlen(clock.keyOf({ policy, key: CLIENT }))).toBeLessThanOrEqual(
      4.1 * limit + 7,
    );
    expect(bytes).toBeLessThanOrEqual(5 * limit);
  });
});

describe('a refusal', () => {
  let replica: TestRedis;

  beforeAll(async () => {
    // Without its pings only writes move the offset.
    await clock.redis.config('SET', 'repl-ping-replica-period', '3600');
    const { host, port } = clock.redis.options;
    replica = await TestRedis.start({ args: ['--save', '', '--replicaof', String(host), String(port)] });
    await waitFor(async () => (await replica.client.info('replication')).includes('master_link_status:up'), {
      what: 'the replica to follow',
    });
  });

  it.each(ALGORITHMS)('writes nothing: %s', async (algorithm) => {
    const policy = limited(algorithm, 3);
    const key = clock.keyOf({ policy, key: 'k' });
    await clock.charge(policy, 3);
    const look = async () => ({
      value: await clock.redis.getBuffer(key),
      endsAt: await clock.redis.pexpiretime(key),
      offset: await info('replication', 'master_repl_offset'),
      changes: await info('persistence', 'rdb_changes_since_last_save'),
    });
    const before = await look();
    for (let hit = 0; hit < 100; hit += 1) expect((await clock.charge(policy)).answer).toBe(0);
    expect(await clock.peek(policy)).toMatchObject({ answer: 0 });
    expect(await look()).toEqual(before);
    expect(before.offset).toBeGreaterThan(0);
    clock.advance(1);
    expect((await clock.charge(policy)).answer).toBe(0);
    expect(await look()).toMatchObject({ value: before.value, endsAt: before.endsAt });
    expect((await look()).offset).toBeGreaterThan(before.offset);
  });
});
