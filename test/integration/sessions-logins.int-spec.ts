import type { Redis } from 'ioredis';
import type { SessionsService } from '../../src/sessions/index.js';
import { TestRedis } from '../support/redis-server.js';
import { codeOf, startServices, tally, tokenOf } from '../support/sessions.js';
import { waitFor } from '../support/wait-for.js';

const LOGINS = 500;
const CAP = 5;

describe('a cap on the sessions of a user', () => {
  let redis: TestRedis;
  let replicas: SessionsService[];
  let one: SessionsService;

  beforeAll(async () => {
    redis = await TestRedis.start();
    replicas = await startServices(redis, 2, { SESSION_MAX_PER_USER: String(CAP) });
    [one] = replicas;
  });

  beforeEach(() => redis.client.flushall());

  /** Logs in everywhere at once, and looks meanwhile how many sessions there are. */
  async function storm(policy: 'evict-oldest' | 'refuse') {
    let over = false;
    const most: number[] = [];
    const watch = (async () => {
      while (!over) most.push((await one.list('ada')).length);
    })();
    const logins = Array.from({ length: LOGINS }, (_, n) =>
      replicas[n % 2].create({ userId: 'ada', maxPerUserPolicy: policy }),
    );
    const settled = await Promise.allSettled(logins);
    over = true;
    await watch;
    expect(Math.max(...most)).toBeLessThanOrEqual(CAP);
    return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  }

  it(`is never exceeded by ${LOGINS} logins at once that it refuses`, async () => {
    const issued = await storm('refuse');
    expect(issued).toHaveLength(CAP);
    for (const { token } of issued) expect(await codeOf(one.verify(token))).toBe('ok');
    expect(await codeOf(one.create({ userId: 'ada', maxPerUserPolicy: 'refuse' }))).toBe(
      'SESSION_LIMIT_REACHED',
    );
    expect(await codeOf(one.create({ userId: 'bob', maxPerUserPolicy: 'refuse' }))).toBe('ok');
  });

  it(`is never exceeded by ${LOGINS} logins at once for which the oldest go`, async () => {
    const evicted: string[] = [];
    const ends = replicas.map((each) => each.on('revoked', ({ reason = '' }) => evicted.push(reason)));
    const issued = await storm('evict-oldest');
    ends.forEach((end) => end());
    expect(issued).toHaveLength(LOGINS);
    const codes = await Promise.all(issued.map(({ token }) => codeOf(one.verify(token))));
    expect(tally(codes)).toEqual({ ok: CAP, SESSION_INVALID: LOGINS - CAP });
    expect(tally(evicted)).toEqual({ evicted: LOGINS - CAP });
  });

  it('lets the oldest go, whatever was used last', async () => {
    const tokens: string[] = [];
    for (let n = 0; n <= CAP; n++) {
      const { token, session } = await one.create({ userId: 'ada', absoluteTtlMs: 3_600_000 - n * 60_000 });
      tokens.push(token);
      const passed = async () => (await redisNow(redis.client)) > session.createdAt;
      await waitFor(passed, { what: 'the clock to go on' });
    }
    const codes = await Promise.all(tokens.map((token) => codeOf(one.verify(token))));
    expect(codes).toEqual(['SESSION_INVALID', 'ok', 'ok', 'ok', 'ok', 'ok']);
  });

  it('does not count sessions that have expired, and drops them', async () => {
    for (let n = 1; n < CAP; n++) await one.create({ userId: 'ada', idleTtlMs: 1000 });
    const keeps = await tokenOf(one, { userId: 'ada' });
    await waitFor(async () => (await one.list('ada')).length === 1, { what: 'the others to expire' });
    await one.create({ userId: 'ada', maxPerUser: 2, maxPerUserPolicy: 'refuse' });
    expect(await codeOf(one.verify(keeps))).toBe('ok');
    const [key] = await redis.keys();
    expect((await redis.client.hkeys(key)).filter((name) => name.length === 22)).toHaveLength(2);
  });
});

describe('a login', () => {
  let redis: TestRedis;
  let one: SessionsService;

  beforeAll(async () => {
    redis = await TestRedis.start();
    [one] = await startServices(redis, 1);
  });

  beforeEach(() => redis.client.flushall());

  it('is one call, also when it replaces a session, drops one that has expired, and lets the oldest go', async () => {
    const old = await one.create({ userId: 'ada' });
    await one.create({ userId: 'ada', idleTtlMs: 1000 });
    await waitFor(async () => (await one.list('ada')).length === 1, { what: 'the other to expire' });
    for (let n = 0; n < 2; n++) await one.create({ userId: 'ada' });
    await redis.client.config('RESETSTAT');
    await one.create({ userId: 'ada', replaces: old.token, maxPerUser: 2 });
    const stats = await redis.client.info('commandstats');
    expect([...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].map(([, calls]) => calls)).toEqual(['1']);
    expect(await one.list('ada')).toHaveLength(2);
  });

  it('mints an id and a secret of its own, and ends the session of the token that came with it', async () => {
    const planted = await one.create({ userId: 'ada' });
    const { token, session } = await one.create({ userId: 'ada', replaces: planted.token });
    expect(session.id).not.toBe(planted.session.id);
    expect(await codeOf(one.verify(planted.token))).toBe('SESSION_INVALID');
    expect(await codeOf(one.verify(token))).toBe('ok');
  });

  it('ends the session of another user that the token belongs to, and no session of a token that is none', async () => {
    const reasons: unknown[] = [];
    one.on('revoked', ({ userId, reason }) => reasons.push([userId, reason]));
    const mallory = await one.create({ userId: 'mallory' });
    await one.create({ userId: 'ada', replaces: mallory.token });
    expect(await codeOf(one.verify(mallory.token))).toBe('SESSION_INVALID');
    const bob = await one.create({ userId: 'bob' });
    const forged = bob.token.replace(/[^.]+$/, 'A'.repeat(43));
    await one.create({ userId: 'ada', replaces: forged });
    await one.create({ userId: 'bob', replaces: forged });
    await one.create({ userId: 'ada', replaces: 'nonsense' });
    expect(await codeOf(one.verify(bob.token))).toBe('ok');
    expect(reasons).toEqual([['mallory', 'replaced']]);
  });

  it('with a token to replace fits a cap that is reached', async () => {
    const cap = { maxPerUser: 1, maxPerUserPolicy: 'refuse' } as const;
    const first = await one.create({ userId: 'ada', ...cap });
    expect(await codeOf(one.create({ userId: 'ada', ...cap }))).toBe('SESSION_LIMIT_REACHED');
    expect(await codeOf(one.verify(first.token))).toBe('ok');
    expect(await codeOf(one.create({ userId: 'ada', ...cap, replaces: first.token }))).toBe('ok');
  });

  it('keeps the compact encoding with a User-Agent of 110 characters, and what is long comes back whole', async () => {
    const userAgent = `Mozilla/5.0 (é) "${'x'.repeat(92)}"`;
    const device = { userAgent, ip: '2001:db8::1', name: 'Ada’s phone' };
    const usual = { userId: 'ada', roles: ['customer', 'editor'], device, data: { theme: 'dark', cart: 3 } };
    await one.create(usual);
    const [key] = await redis.keys();
    expect(await redis.client.object('ENCODING', key)).toBe('listpack');
    const long = {
      userId: 'x'.repeat(256),
      roles: Array.from({ length: 32 }, (_, n) => `${n}-${'r'.repeat(60)}`),
      device: { name: 'é'.repeat(128), userAgent: '😀'.repeat(256) },
      data: Object.fromEntries(Array.from({ length: 128 }, (_, n) => [`f${n}`, 'v'.repeat(n)])),
    };
    for (const input of [usual, long, { userId: 'bare' }]) {
      const { token, session } = await one.create(input);
      expect(session).toMatchObject(input);
      // Its first read after the login says the same to the last field, but for when it was read.
      expect(await one.read(token)).toEqual({ ...session, readAt: expect.any(Number) });
    }
  });
});

async function redisNow(client: Redis): Promise<number> {
  const [seconds, micros] = await client.time();
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
}
