import { ValidationFailedError } from '../../src/errors/index.js';
import { RateLimitService } from '../../src/rate-limit/index.js';
import type { TestApp } from '../support/app.js';
import type { TestAnswer } from '../support/http.js';
import {
  counterKeys,
  keyPath,
  LONG_MS,
  policyPath,
  putPolicy,
  startReplica,
} from '../support/rate-limits.js';
import { TestRedis } from '../support/redis-server.js';

let redis: TestRedis;
let app: TestApp;

const POLICY = { algorithm: 'fixed-window', limit: 5, windowMs: LONG_MS } as const;
const WRONG_ID = 'é'.repeat(150);

beforeAll(async () => {
  redis = await TestRedis.start();
  app = await startReplica({ REDIS_URL: redis.url });
  await putPolicy([app], 'known', POLICY);
  await putPolicy([app], 'bucket', { ...POLICY, algorithm: 'token-bucket', burst: 8 });
  await putPolicy([app], 'closed', { ...POLICY, limit: 0 });
});

const policies = () => redis.client.hgetall('holdfast:default:rate-limit:{policies}:all');
const decide = (body: unknown, query = '') =>
  app.request('POST', `/v1/rate-limits/decisions${query}`, { body });
const refund = (body: unknown) => app.request('POST', '/v1/rate-limits/refunds', { body });
const known = (fields: Record<string, unknown> = {}) => ({ policy: 'known', key: 'x', ...fields });

/** Nothing is counted and no policy changes, whatever the test sends. */
async function changesNothing(work: () => Promise<void>): Promise<void> {
  const before = [await policies(), await counterKeys(redis)];
  await work();
  expect([await policies(), await counterKeys(redis)]).toEqual(before);
}

function expectRefused({ status, headers, body }: TestAnswer, ...paths: string[]): void {
  expect({ status, code: body.code, errors: body.errors }).toEqual({
    status: 400,
    code: 'VALIDATION_FAILED',
    errors: paths.map((path) => ({ path, message: expect.stringMatching(/./) })),
  });
  expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
}

describe('a policy', () => {
  const log = { algorithm: 'sliding-window-log' };

  it.each<[string, Record<string, unknown>, string]>([
    ['an unknown algorithm', { algorithm: 'sundial' }, 'algorithm'],
    ['no algorithm', { algorithm: undefined }, 'algorithm'],
    ['a limit of -1', { limit: -1 }, 'limit'],
    ['half a limit', { limit: 1.5 }, 'limit'],
    ['a limit as text', { limit: '5' }, 'limit'],
    ['a limit beyond all', { limit: 1_000_000_001 }, 'limit'],
    ['no limit', { limit: undefined }, 'limit'],
    ['a log of more hits than it can keep', { ...log, limit: 100_001 }, 'limit'],
    ['a window of 0', { windowMs: 0 }, 'windowMs'],
    ['a window of a fraction', { windowMs: 0.5 }, 'windowMs'],
    ['a window of months', { windowMs: LONG_MS + 1 }, 'windowMs'],
    ['no window', { windowMs: undefined }, 'windowMs'],
    ['a burst on a fixed window', { burst: 10 }, 'burst'],
    ['a burst on a log', { ...log, burst: 10 }, 'burst'],
    ['a burst of 0', { algorithm: 'token-bucket', burst: 0 }, 'burst'],
    ['a block of -1', { blockDurationMs: -1 }, 'blockDurationMs'],
    ['an unknown mode', { mode: 'dry-run' }, 'mode'],
    ['an unknown failure policy', { onStoreFailure: 'panic' }, 'onStoreFailure'],
    ['a share over 1', { nearLimitShare: 1.1 }, 'nearLimitShare'],
    ['a list that is none', { allowKeys: 'ada' }, 'allowKeys'],
    ['a listed key of 300 bytes', { denyKeys: ['x'.repeat(300)] }, 'denyKeys'],
    ['an unknown property', { ttl: 5 }, 'ttl'],
    ['a name of its own', { name: 'other' }, 'name'],
  ])('with %s is not valid', async (_what, fields, path) => {
    await changesNothing(async () => {
      const answer = await app.request('PUT', policyPath('known'), { body: { ...POLICY, ...fields } });
      expectRefused(answer, path);
      expect((await app.request('GET', policyPath('known'))).body).toEqual({ name: 'known', ...POLICY });
    });
  });

  it('names each of its faults', async () => {
    const body = { algorithm: 'sundial', limit: -1, windowMs: 0, hits: 3 };
    const answer = await app.request('PUT', policyPath('known'), { body });
    expect(answer.body.errors.map(({ path }: { path: string }) => path).sort()).toEqual([
      'algorithm',
      'hits',
      'limit',
      'windowMs',
    ]);
  });

  it('has a name of 1 to 256 bytes', async () => {
    await changesNothing(async () => {
      for (const method of ['GET', 'DELETE']) {
        expectRefused(await app.request(method, policyPath(WRONG_ID)), 'policy');
      }
      expectRefused(await app.request('PUT', policyPath(WRONG_ID), { body: POLICY }), 'policy');
    });
  });

  it('may have null for what may be absent', async () => {
    const optional = [
      'burst',
      'blockDurationMs',
      'mode',
      'onStoreFailure',
      'allowKeys',
      'denyKeys',
      'nearLimitShare',
    ];
    const nulls = Object.fromEntries(optional.map((name) => [name, null]));
    const put = await app.request('PUT', policyPath('nulls'), { body: { ...POLICY, ...nulls } });
    expect(put).toMatchObject({ status: 200, body: { name: 'nulls', ...POLICY } });
    const spend = () => decide({ checks: [{ policy: 'nulls', key: 'x', cost: 5 }] });
    expect(await spend()).toMatchObject({ status: 200, body: { allowed: true } });
    expect(await spend()).toMatchObject({ status: 200, body: { allowed: false } });
  });
});

describe('a decision', () => {
  const cost = (value: unknown) => ({ checks: [known({ cost: value })] });
  const many = (count: number) => ({
    checks: Array.from({ length: count }, (_, i) => known({ key: `m-${i}` })),
  });

  it.each<[string, unknown, string]>([
    ['without checks', {}, 'checks'],
    ['of no check', many(0), 'checks'],
    ['of 17 checks', many(17), 'checks'],
    ['of a check that is no list', { checks: known() }, 'checks'],
    ['of a cost that is no number', cost(NaN), 'checks.0.cost'],
    ['of a cost of 0', cost(0), 'checks.0.cost'],
    ['of a cost of -1', cost(-1), 'checks.0.cost'],
    ['of a cost of 1.5', cost(1.5), 'checks.0.cost'],
    ['of a cost as text', cost('1'), 'checks.0.cost'],
    ['of a cost over the limit', cost(6), 'checks.0.cost'],
    ['of a later cost over the limit', { checks: [known(), known({ key: 'y', cost: 6 })] }, 'checks.1.cost'],
    ['of a cost over the burst', { checks: [{ policy: 'bucket', key: 'x', cost: 9 }] }, 'checks.0.cost'],
    [
      'of a cost where the limit is 0',
      { checks: [{ policy: 'closed', key: 'x', cost: 2 }] },
      'checks.0.cost',
    ],
    ['of a key of 300 bytes', { checks: [known({ key: WRONG_ID })] }, 'checks.0.key'],
    ['of an empty key', { checks: [known({ key: '' })] }, 'checks.0.key'],
    ['of a number as key', { checks: [known(), known({ key: 7 })] }, 'checks.1.key'],
    ['without a policy', { checks: [{ key: 'x' }] }, 'checks.0.policy'],
    [
      'of a policy and a key that come twice',
      { checks: [known(), known({ key: 'y' }), known()] },
      'checks.2',
    ],
    ['of an unknown property', { ...many(1), enforce: true }, 'enforce'],
    ['of an unknown property inside', { checks: [known({ limit: 9 })] }, 'checks.0.limit'],
  ])('%s is not valid', async (_what, body, path) => {
    await changesNothing(async () => expectRefused(await decide(body), path));
  });

  it('of which enforce is neither true nor false is not valid', async () => {
    await changesNothing(async () => {
      expectRefused(await decide(many(1), '?enforce=yes'), 'enforce');
      expectRefused(await decide(many(1), '?enforced=true'), 'enforced');
    });
  });

  it.each([NaN, Infinity, 0, -1, 1.5, 6])('in code, of a cost of %d, is not valid', async (value) => {
    await changesNothing(async () => {
      const limits = app.get(RateLimitService);
      const decision = limits.decide([{ policy: limits.policy('known'), key: 'x', cost: value }]);
      await expect(decision).rejects.toThrow(ValidationFailedError);
    });
  });

  it('under a policy that is unknown finds nothing, and the others are not charged', async () => {
    await changesNothing(async () => {
      for (const checks of [[known(), known({ policy: 'none' })], [known({ policy: 'none' })]]) {
        const answer = await decide({ checks });
        expect(answer).toMatchObject({ status: 404, body: { code: 'POLICY_NOT_FOUND' } });
        expect(answer.headers.has('ratelimit')).toBe(false);
      }
    });
  });

  it('of 16 checks, or of a key of 256 bytes, is valid', async () => {
    expect((await decide(many(16))).body.allowed).toBe(true);
    expect((await decide({ checks: [known({ key: 'é'.repeat(128) })] })).body.allowed).toBe(true);
  });

  it('of a cost of 1 where the limit is 0 is refused', async () => {
    const answer = await decide({ checks: [{ policy: 'closed', key: 'x' }] });
    expect(answer).toMatchObject({ status: 200, body: { allowed: false } });
  });
});

describe('a refund', () => {
  it.each<[string, unknown, string]>([
    ['of no check', { checks: [] }, 'checks'],
    ['of a cost of 0', { checks: [known({ cost: 0 })] }, 'checks.0.cost'],
    ['of a cost over the limit', { checks: [known({ cost: 6 })] }, 'checks.0.cost'],
    ['of a chargedAt that is no instant', { checks: [known({ chargedAt: 'noon' })] }, 'checks.0.chargedAt'],
    [
      'of a chargedAt that is no date',
      { checks: [known({ chargedAt: '2026-02-30' })] },
      'checks.0.chargedAt',
    ],
    ['of a chargedAt as number', { checks: [known({ chargedAt: 1 })] }, 'checks.0.chargedAt'],
    ['of a policy and a key that come twice', { checks: [known(), known()] }, 'checks.1'],
  ])('%s is not valid', async (_what, body, path) => {
    await decide({ checks: [known({ key: 'x' })] });
    const before = (await app.request('GET', keyPath('known', 'x'))).body.remaining;
    await changesNothing(async () => expectRefused(await refund(body), path));
    expect((await app.request('GET', keyPath('known', 'x'))).body.remaining).toBe(before);
  });

  it('under a policy that is unknown finds nothing', async () => {
    const answer = await refund({ checks: [known({ policy: 'none' })] });
    expect(answer).toMatchObject({ status: 404, body: { code: 'POLICY_NOT_FOUND' } });
  });
});

describe('a key in the path', () => {
  it.each(['GET', 'DELETE'])('is checked, and so is the policy: %s', async (method) => {
    await changesNothing(async () => {
      expectRefused(await app.request(method, keyPath('known', WRONG_ID)), 'key');
      expectRefused(await app.request(method, keyPath(WRONG_ID, 'x')), 'policy');
      const missing = await app.request(method, keyPath('none', 'x'));
      expect(missing).toMatchObject({ status: 404, body: { code: 'POLICY_NOT_FOUND' } });
    });
  });

  it('may hold any character', async () => {
    for (const key of ['a/b', 'a%2Fb', '{x}:*', '☃', ' ']) {
      await decide({ checks: [known({ key, cost: 2 })] });
      expect((await app.request('GET', keyPath('known', key))).body.remaining).toBe(3);
      expect((await app.request('DELETE', keyPath('known', key))).status).toBe(204);
      expect((await app.request('GET', keyPath('known', key))).body.remaining).toBe(5);
    }
  });
});
