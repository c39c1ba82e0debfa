import type { SessionsService } from '../../src/sessions/index.js';
import { TestRedis } from '../support/redis-server.js';
import { codeOf, sessionKeys, startServices, tally, tokenOf } from '../support/sessions.js';
import { waitFor } from '../support/wait-for.js';

const REPLICAS = 8;
const APPEND_ONLY = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];

const many = (sessions: SessionsService, userId: string, count: number) =>
  Promise.all(Array.from({ length: count }, () => sessions.create({ userId })));

describe(`a revocation, before ${REPLICAS} replicas`, () => {
  let redis: TestRedis;
  let replicas: SessionsService[];
  let one: SessionsService;

  beforeAll(async () => {
    redis = await TestRedis.start();
    replicas = await startServices(redis, REPLICAS);
    [one] = replicas;
  });

  beforeEach(() => redis.client.flushall());

  const everywhere = async (token: string) =>
    tally(await Promise.all(replicas.map((replica) => codeOf(replica.verify(token)))));

  it.each([
    ['by its token', (replica: SessionsService, token: string) => replica.revoke(token)],
    ['by its id', (replica: SessionsService, _token: string, id: string) => replica.revokeById('ada', id)],
    ['with all of its user', (replica: SessionsService) => replica.revokeAll('ada')],
    [
      'with all but another',
      (replica: SessionsService) => replica.revokeAll('ada', { exceptSessionId: 'x' }),
    ],
    ['with everyone', (replica: SessionsService) => replica.revokeEveryone()],
  ])('of a session %s: once it is answered no replica accepts the token', async (_how, revoke) => {
    for (const replica of replicas) {
      const { token, session } = await one.create({ userId: 'ada' });
      expect(await everywhere(token)).toEqual({ ok: REPLICAS });
      // Under way while the session ends: each is answered one way or the other.
      const meanwhile = everywhere(token);
      await revoke(replica, token, session.id);
      expect(await everywhere(token)).toEqual({ SESSION_INVALID: REPLICAS });
      await meanwhile;
    }
    expect(await sessionKeys(redis.client)).toEqual([]);
  });

  it('of 1,000 sessions of a user is one call', async () => {
    const issued = await many(one, 'ada', 1000);
    const other = await tokenOf(one, { userId: 'bob' });
    await redis.client.config('RESETSTAT');
    expect(await one.revokeAll('ada')).toBe(1000);
    const stats = await redis.client.info('commandstats');
    expect(/cmdstat_eval(?:sha)?:calls=(\d+)/.exec(stats)?.[1]).toBe('1');
    const codes = await Promise.all(issued.map(({ token }) => codeOf(one.verify(token))));
    expect(tally(codes)).toEqual({ SESSION_INVALID: 1000 });
    expect(await codeOf(one.verify(other))).toBe('ok');
  });

  it('of all but one leaves that one, and the list shows nothing else', async () => {
    const [kept, ...others] = await many(one, 'ada', 10);
    expect(await one.list('ada')).toHaveLength(10);
    expect(await one.revokeAll('ada', { exceptSessionId: kept.session.id })).toBe(9);
    expect((await one.list('ada')).map(({ id }) => id)).toEqual([kept.session.id]);
    expect(await everywhere(kept.token)).toEqual({ ok: REPLICAS });
    for (const { token } of others) expect(await codeOf(one.verify(token))).toBe('SESSION_INVALID');
  });

  it('of everyone ends the sessions of all users, and nothing else that Redis holds', async () => {
    const tokens = await Promise.all(
      Array.from({ length: 2000 }, (_, n) => tokenOf(one, { userId: `user-${n}` })),
    );
    await redis.client.set('holdfast:default:cache:{sessions:{x}:user}:entry', 'stays');
    expect(await one.revokeEveryone()).toBe(2000);
    const codes = await Promise.all(tokens.map((token) => codeOf(one.verify(token))));
    expect(tally(codes)).toEqual({ SESSION_INVALID: 2000 });
    expect(await redis.client.dbsize()).toBe(1);
  });

  it('of what is not there says so', async () => {
    const { token, session } = await one.create({ userId: 'ada', idleTtlMs: 1000 });
    expect(await codeOf(one.revokeById('bob', session.id))).toBe('SESSION_NOT_FOUND');
    expect(await codeOf(one.revokeById('ada', 'x'))).toBe('SESSION_NOT_FOUND');
    expect(await codeOf(one.revokeById('ada', '1i1'))).toBe('SESSION_NOT_FOUND');
    expect(await codeOf(one.verify(token))).toBe('ok');
    await one.create({ userId: 'ada' });
    await waitFor(async () => (await one.list('ada')).length === 1, { what: 'the session to expire' });
    expect(await codeOf(one.revokeById('ada', session.id))).toBe('SESSION_NOT_FOUND');
    expect(await codeOf(one.revoke(token))).toBe('SESSION_INVALID');
    expect(await one.revokeAll('ada')).toBe(1);
    expect(await one.revokeAll('ada')).toBe(0);
  });
});

describe('a Redis', () => {
  it('that keeps its log on disk has every session again after a restart', async () => {
    const redis = await TestRedis.start({ args: APPEND_ONLY });
    const [sessions] = await startServices(redis, 1);
    const input = { userId: 'ada', roles: ['a'], data: { cart: [1] }, device: { name: 'phone' } };
    const { token: before } = await sessions.create(input);
    const { token } = await sessions.rotate(before);
    const revoked = await tokenOf(sessions, { userId: 'bob' });
    await sessions.revoke(revoked);
    await redis.kill();
    await redis.restart(APPEND_ONLY);
    const back = async () => (await codeOf(sessions.verify(token))) !== 'STATE_STORE_UNAVAILABLE';
    await waitFor(back, { what: 'Redis to be back' });
    expect(await sessions.read(token)).toMatchObject(input);
    expect(await codeOf(sessions.verify(before))).toBe('ok');
    expect(await codeOf(sessions.verify(revoked))).toBe('SESSION_INVALID');
  });

  it.each(['FLUSHALL', 'SCRIPT FLUSH'])(
    'that has been told %s refuses no request with a 500',
    async (command) => {
      const redis = await TestRedis.start();
      const [sessions] = await startServices(redis, 1);
      const tokens = (await many(sessions, 'ada', 50)).map(({ token }) => token);
      if (command === 'FLUSHALL') await redis.client.flushall();
      else await redis.client.script('FLUSH');
      const uses = tokens.flatMap((token) => [
        sessions.verify(token),
        sessions.update(token, { set: { a: 1 } }),
        sessions.rotate(token),
        sessions.revoke(token),
      ]);
      const codes = tally(await Promise.all(uses.map(codeOf)));
      if (command === 'FLUSHALL') expect(codes).toEqual({ SESSION_INVALID: 200 });
      else expect(Object.keys(codes)).toEqual(['ok']);
      expect(await codeOf(sessions.create({ userId: 'ada' }))).toBe('ok');
    },
  );
});
