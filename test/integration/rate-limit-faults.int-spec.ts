import { type Check, RateLimitService } from '../../src/rate-limit/index.js';
import type { TestApp } from '../support/app.js';
import type { TestAnswer } from '../support/http.js';
import {
  decide,
  leftOf,
  LONG_MS,
  type PolicyFields,
  putPolicy,
  startReplica,
} from '../support/rate-limits.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

const DEADLINE_MS = 1500;
/** What a slow machine may add to a deadline. */
const SLACK_MS = 5000;
const MANY = 1_000_000;
const LOCAL_LIMIT = 10;

/** What Redis has answered is on its disk. */
const DURABLE = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];

let redis: TestRedis;
let a: TestApp;
let b: TestApp;

beforeAll(async () => {
  redis = await TestRedis.start({ args: DURABLE });
  const settings = { REDIS_URL: redis.url, REDIS_COMMAND_TIMEOUT_MS: String(DEADLINE_MS) };
  [a, b] = await Promise.all([startReplica(settings), startReplica(settings)]);
  const fixed: PolicyFields = { algorithm: 'fixed-window', limit: MANY, windowMs: LONG_MS };
  await putPolicy([a, b], 'allow', fixed);
  await putPolicy([a, b], 'deny', { ...fixed, onStoreFailure: 'deny' });
  await putPolicy([a, b], 'deny-shadow', { ...fixed, onStoreFailure: 'deny', mode: 'shadow' });
  const local: PolicyFields = { ...fixed, limit: LOCAL_LIMIT, onStoreFailure: 'local' };
  await putPolicy([a, b], 'local', local);
  await putPolicy([a, b], 'local-shadow', { ...local, mode: 'shadow' });
  await putPolicy([a, b], 'local-scarce', { ...local, limit: 1 });
});

const evenly = (i: number) => (i % 2 ? b : a);
const times = <T>(count: number, work: (i: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, i) => work(i)));
const hit = (policy: string, key: string) => (i: number) => decide(evenly(i), [{ policy, key }]);

/** An answer of Redis says when it charged; one without Redis cannot. */
const byRedis = ({ body }: TestAnswer) => body.chargedAt !== undefined;
const allowed = (answers: TestAnswer[]) => answers.filter(({ body }) => body.allowed).length;
const counted = async (key: string) => MANY - (await leftOf(a, 'allow', key));

async function redisIsBack(): Promise<void> {
  for (const app of [a, b]) {
    const answers = async () => byRedis(await decide(app, [{ policy: 'allow', key: 'probe' }]));
    await waitFor(answers, { what: 'decisions by Redis', timeoutMs: 20_000 });
  }
}

/** Replicas say every two seconds that they live, and count the others then. */
async function heartbeats(): Promise<number> {
  return Number(/cmdstat_zcard:calls=(\d+)/.exec(await redis.client.info('commandstats'))?.[1] ?? 0);
}

/** Both replicas know of both. */
let paired: Promise<unknown> | undefined;

const forHeartbeats = (count: number) =>
  waitFor(async () => (await heartbeats()) >= count, { what: `${count} heartbeats`, timeoutMs: 20_000 });

describe('a Redis that forgets its scripts again and again', () => {
  it('decides all the same, and counts each hit once', async () => {
    const forgetful = await TestRedis.start();
    // However slow the machine is, no decision here is one without Redis.
    const patient = { REDIS_URL: forgetful.url, REDIS_COMMAND_TIMEOUT_MS: '60000' };
    const replicas = await Promise.all([startReplica(patient), startReplica(patient)]);
    await putPolicy(replicas, 'allow', { algorithm: 'fixed-window', limit: MANY, windowMs: LONG_MS });
    let over = false;
    let flushes = 0;
    const flushing = (async () => {
      for (; !over; flushes++) await forgetful.client.script('FLUSH');
    })();
    const check = [{ policy: 'allow', key: 'flushed' }];
    const answers: TestAnswer[] = [];
    for (let round = 0; round < 20; round++) {
      answers.push(...(await times(10, (i) => decide(replicas[i % 2], check))));
    }
    over = true;
    await flushing;
    expect(flushes).toBeGreaterThan(20);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(answers.filter(byRedis)).toHaveLength(200);
    expect(MANY - (await leftOf(replicas[0], 'allow', 'flushed'))).toBe(200);
  });
});

interface Outage {
  readonly begin: () => unknown;
  readonly end: () => unknown;
}

const outages: [name: string, Outage][] = [
  ['is frozen', { begin: () => redis.freeze(), end: () => redis.thaw() }],
  [
    'is killed and started again',
    { begin: () => redis.kill(), end: async () => void (redis = await redis.restart(DURABLE)) },
  ],
  [
    'has become a read-only replica',
    {
      begin: () => redis.client.replicaof('127.0.0.1', 1),
      end: () => redis.client.replicaof('NO', 'ONE'),
    },
  ],
];

describe.each(outages)('while Redis %s', (name, { begin, end }) => {
  const during = (what: string) => `${name}: ${what}`;
  let inFlight: TestAnswer[];
  let late: TestAnswer[];
  let tookMs: number;

  beforeAll(async () => {
    await (paired ??= forHeartbeats(4));
    const answered = await times(10, hit('allow', during('in flight')));
    expect(answered.filter(byRedis)).toHaveLength(10);
    const startedAt = performance.now();
    const asking = times(20, hit('allow', during('in flight')));
    await begin();
    inFlight = [...answered, ...(await asking)];
    tookMs = performance.now() - startedAt;
    late = await times(20, hit('allow', during('late')));
  });

  it('decisions are made within the deadline, and none is a fault', () => {
    expect(new Set([...inFlight, ...late].map(({ status }) => status))).toEqual(new Set([200]));
    expect(tookMs).toBeLessThan(DEADLINE_MS + SLACK_MS);
    expect(late.filter(byRedis)).toEqual([]);
  });

  it('a policy allows, unless it says otherwise', async () => {
    expect(allowed(inFlight)).toBe(inFlight.length);
    for (const { headers, body } of late) {
      expect(body).toEqual({
        allowed: true,
        decisions: [
          { policy: 'allow', allowed: true, limit: MANY, remaining: MANY, resetMs: 0, retryAfterMs: 0 },
        ],
      });
      expect(headers.get('ratelimit')).toBe(`"allow";r=${MANY};t=0`);
    }
  });

  it('a policy denies that says so, and charges nothing beside it', async () => {
    const check = { policy: 'deny', key: during('x') };
    expect((await decide(a, [check])).body).toMatchObject({
      allowed: false,
      decisions: [{ policy: 'deny', allowed: false, retryAfterMs: 1000 }],
    });
    const enforced = await decide(b, [{ ...check, policy: 'allow' }, check], { enforce: true });
    expect(enforced).toMatchObject({ status: 429, body: { 'violated-policies': ['deny'] } });
    expect(enforced.headers.get('retry-after')).toBe('1');
    const shadow = await decide(a, [{ ...check, policy: 'deny-shadow' }]);
    expect(shadow.body).toMatchObject({ allowed: true, decisions: [{ wouldRefuse: true }] });
  });

  it('each of two replicas allows its half of a local limit, and no more', async () => {
    const key = during('local');
    const checks = [{ policy: 'local', key }];
    for (let i = 0; i < 3; i++) await leftOf(evenly(i), 'local', key);
    for (const app of [a, b]) {
      const answers = await times(LOCAL_LIMIT, () => decide(app, checks));
      expect(allowed(answers)).toBe(LOCAL_LIMIT / 2);
      const refused = await decide(app, checks, { enforce: true });
      expect(refused).toMatchObject({ status: 429, body: { 'violated-policies': ['local'] } });
    }
    expect(allowed(await times(4, () => decide(a, [{ policy: 'local-scarce', key }])))).toBe(1);
  });

  it('a local limit is charged together with the others, or not at all', async () => {
    const local = { policy: 'local', key: during('together'), cost: 2 };
    for (const other of ['deny', 'local-scarce']) {
      const checks = [local, { policy: other, key: during('other') }];
      await decide(a, checks);
      await decide(a, checks);
    }
    const { body } = await decide(a, [local]);
    expect(body).toMatchObject({ allowed: true, decisions: [{ remaining: 1 }] });
  });

  it('a local limit in shadow mode refuses nothing', async () => {
    const answers = [];
    for (let i = 0; i < 7; i++) answers.push(await decide(a, [{ policy: 'local-shadow', key: during('x') }]));
    expect(allowed(answers)).toBe(7);
    expect(answers.at(-1)?.body.decisions[0]).toMatchObject({ wouldRefuse: true });
  });

  it('afterwards Redis decides again, and has counted what it answered and nothing that came late', async () => {
    await end();
    await redisIsBack();
    const key = during('in flight');
    const answered = inFlight.filter(byRedis).length;
    expect(answered).toBeGreaterThanOrEqual(10);
    expect(await counted(key)).toBeGreaterThanOrEqual(answered);
    expect(await counted(key)).toBeLessThanOrEqual(inFlight.length);
    expect(await counted(during('late'))).toBe(0);
    const after = await times(20, hit('allow', during('after')));
    expect(after.filter(byRedis)).toHaveLength(20);
    expect(await counted(during('after'))).toBe(20);
    const local = await times(LOCAL_LIMIT + 4, hit('local', during('local')));
    expect(allowed(local)).toBe(LOCAL_LIMIT);
  });
});

describe('a replica that is left alone', () => {
  it('has all of a local limit while Redis is away, and remembers a bounded number of keys', async () => {
    await b.stop();
    await forHeartbeats((await heartbeats()) + 1);
    redis.freeze();
    const limits = a.get(RateLimitService);
    const ask = (key: string): Promise<boolean> => {
      const check: Check = { policy: limits.policy('local'), key };
      return limits.decide([check]).then((decision) => decision.allowed);
    };
    const count = async (key: string, asked: number) => {
      const answers = await times(asked, () => ask(key));
      return answers.filter(Boolean).length;
    };
    expect(await count('first', LOCAL_LIMIT + 5)).toBe(LOCAL_LIMIT);
    expect(await count('first', 1)).toBe(0);
    const others = await times(10_000, (i) => ask(`other-${i}`));
    expect(others.every(Boolean)).toBe(true);
    expect(await count('first', 1)).toBe(1);
  });
});
