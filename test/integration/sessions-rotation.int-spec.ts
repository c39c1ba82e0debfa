import type { SessionEvent, SessionsService } from '../../src/sessions/index.js';
import { TestRedis } from '../support/redis-server.js';
import { codeOf, sessionKeys, startServices, tally, tokenOf } from '../support/sessions.js';
import { waitFor } from '../support/wait-for.js';

const REQUESTS = 50;
const SHORT_GRACE_MS = 300;

const secretOf = (token: string) => token.split('.')[2];
const withSecret = (token: string, secret: string) => [...token.split('.').slice(0, 2), secret].join('.');

describe('a rotation', () => {
  let redis: TestRedis;
  let replicas: SessionsService[];
  let one: SessionsService;
  let hasty: SessionsService;

  beforeAll(async () => {
    redis = await TestRedis.start();
    replicas = await startServices(redis, 2, { SESSION_ROTATION_GRACE_MS: '60000' });
    [one] = replicas;
    [hasty] = await startServices(redis, 1, { SESSION_ROTATION_GRACE_MS: String(SHORT_GRACE_MS) });
  });

  beforeEach(() => redis.client.flushall());

  it('swaps the secret in place: id, data, device and the end of the session stay', async () => {
    const device = { userAgent: 'x'.repeat(110), name: 'phone' };
    const { token, session } = await one.create({ userId: 'ada', roles: ['a'], data: { cart: [1] }, device });
    const rotated = await one.rotate(token);
    expect(rotated.token).not.toBe(token);
    expect(rotated.session).toMatchObject({
      ...session,
      lastSeenAt: expect.any(Number),
      expiresAt: expect.any(Number),
      readAt: expect.any(Number),
    });
    expect(await sessionKeys(redis.client)).toHaveLength(1);
    expect(await redis.client.object('ENCODING', (await sessionKeys(redis.client))[0])).toBe('listpack');
  });

  it(`logs none of ${REQUESTS} requests at once out, of which some rotate as well`, async () => {
    const token = await tokenOf(one, { userId: 'ada', data: { n: 0 } });
    const codes: string[] = [];
    const winners: string[] = [];
    const requests = Array.from({ length: REQUESTS }, async (_, n) => {
      const replica = replicas[n % 2];
      if (n % 10 === 5) {
        const rotated = replica.rotate(token);
        rotated.then((issued) => winners.push(issued.token)).catch(() => undefined);
        codes.push(await codeOf(rotated));
      } else if (n % 3 === 0) codes.push(await codeOf(replica.update(token, { increment: { n: 1 } })));
      else codes.push(await codeOf(replica.verify(token)));
    });
    await Promise.all(requests);
    expect(tally(codes)).toEqual({ ok: REQUESTS - 4, SESSION_ALREADY_ROTATED: 4 });
    expect(winners).toHaveLength(1);
    // Those of a page that has not heard of it yet, and the new one.
    expect(await codeOf(one.verify(token))).toBe('ok');
    expect((await one.verify(winners[0])).data).toEqual({ n: 15 });
  });

  it('may come twice within a grace: the requests of before the first are not logged out', async () => {
    const first = await tokenOf(one, { userId: 'ada' });
    const second = await one.rotate(first);
    const third = await one.rotate(second.token);
    for (const token of [first, second.token, third.token])
      expect(await codeOf(one.verify(token))).toBe('ok');
    for (const token of [first, second.token])
      expect(await codeOf(one.rotate(token))).toBe('SESSION_ALREADY_ROTATED');
    expect(await codeOf(one.revoke(first))).toBe('ok');
    expect(await codeOf(one.verify(third.token))).toBe('SESSION_INVALID');
  });

  describe('after its grace', () => {
    let reused: SessionEvent[];
    let stop: () => void;

    beforeEach(() => {
      reused = [];
      stop = hasty.on('reused', (event) => reused.push(event));
    });

    afterEach(() => stop());

    /** A token whose rotation is over, and the newest one of its session. */
    async function retire(rotations = 1) {
      const first = await hasty.create({ userId: 'ada', data: { a: 1 } });
      let newest = first;
      for (let n = 0; n < rotations; n++) newest = await hasty.rotate(newest.token);
      const { readAt } = newest.session;
      const over = async () => (await hasty.verify(newest.token)).readAt > readAt + SHORT_GRACE_MS;
      await waitFor(over, { what: 'the grace to be over' });
      return { old: first.token, newest: newest.token, id: first.session.id };
    }

    it.each([
      ['a request', (token: string) => hasty.verify(token)],
      ['a write', (token: string) => hasty.update(token, { set: { a: 2 } })],
      ['a rotation', (token: string) => hasty.rotate(token)],
      ['a logout', (token: string) => hasty.revoke(token)],
    ])('the use of the old token by %s ends the session, once and everywhere', async (_what, use) => {
      const { old, newest, id } = await retire();
      expect(await codeOf(use(old))).toBe('SESSION_INVALID');
      expect(await sessionKeys(redis.client)).toEqual([]);
      for (const replica of [one, hasty])
        expect(await codeOf(replica.verify(newest))).toBe('SESSION_INVALID');
      expect(await codeOf(use(old))).toBe('SESSION_INVALID');
      expect(reused).toEqual([{ type: 'reused', userId: 'ada', sessionId: id }]);
    });

    it('a login that brings the old token begins a session, and ends the one that was stolen', async () => {
      const { old, newest, id } = await retire();
      const { token } = await hasty.create({ userId: 'ada', replaces: old });
      expect(await codeOf(hasty.verify(newest))).toBe('SESSION_INVALID');
      expect(await codeOf(hasty.verify(token))).toBe('ok');
      expect(reused).toEqual([{ type: 'reused', userId: 'ada', sessionId: id }]);
    });

    it('the three secrets before the newest are known again', async () => {
      const { old, newest } = await retire(3);
      expect(await codeOf(hasty.verify(old))).toBe('SESSION_INVALID');
      expect(await codeOf(hasty.verify(newest))).toBe('SESSION_INVALID');
      expect(reused).toHaveLength(1);
    });

    it('a secret that was never the session’s own ends nothing: the id is no credential', async () => {
      const { old, newest } = await retire();
      const other = await tokenOf(hasty, { userId: 'ada' });
      const flipped = old.slice(0, -1) + (old.endsWith('A') ? 'B' : 'A');
      const guesses = [flipped, withSecret(old, 'A'.repeat(43)), withSecret(old, secretOf(other))];
      for (const guess of guesses) {
        for (const use of [hasty.verify(guess), hasty.rotate(guess), hasty.revoke(guess)]) {
          expect(await codeOf(use)).toBe('SESSION_INVALID');
        }
      }
      expect(await codeOf(hasty.verify(newest))).toBe('ok');
      expect(reused).toEqual([]);
    });
  });

  it('comes with a change of roles, and a change for all sessions of a user reaches each at its next request', async () => {
    const [first, second] = [await one.create({ userId: 'ada' }), await one.create({ userId: 'ada' })];
    const raised = await one.rotate(first.token, { roles: ['admin'] });
    expect(raised.session.roles).toEqual(['admin']);
    expect((await one.verify(second.token)).roles).toEqual([]);
    const many = Array.from({ length: 20 }, (_, n) => `role-${n}-${'x'.repeat(20)}`);
    for (const roles of [many, ['viewer'], []]) {
      expect(await one.setRoles('ada', roles)).toBe(2);
      for (const token of [raised.token, second.token]) {
        expect(await replicas[1].verify(token)).toMatchObject({ roles, userId: 'ada' });
      }
    }
    expect(await one.setRoles('nobody', ['admin'])).toBe(0);
    expect(await redis.client.dbsize()).toBe(1);
  });

  it.each([
    ['an authentication', { authenticated: true }],
    ['other roles', { roles: ['admin'] }],
  ])(
    'with %s closes the old token at once: who holds it gains nothing, and ends nothing in the grace',
    async (_what, rotation) => {
      const token = await tokenOf(one, { userId: 'ada' });
      const rotated = await one.rotate(token, rotation);
      const uses = [
        one.verify(token),
        one.update(token, { set: { a: 1 } }),
        one.rotate(token),
        one.revoke(token),
      ];
      expect(await Promise.all(uses.map(codeOf))).toEqual(uses.map(() => 'SESSION_INVALID'));
      expect((await one.verify(rotated.token)).data).toEqual({});

      const second = await hasty.rotate(rotated.token, rotation);
      const { readAt } = second.session;
      const over = async () => (await hasty.verify(second.token)).readAt > readAt + SHORT_GRACE_MS;
      await waitFor(over, { what: 'the grace to be over' });
      expect(await codeOf(hasty.verify(rotated.token))).toBe('SESSION_INVALID');
      expect(await codeOf(hasty.verify(second.token))).toBe('SESSION_INVALID');
    },
  );

  it('tells when its user authenticated: at the login, and at each reauthentication', async () => {
    const { token, session } = await one.create({ userId: 'ada' });
    expect(session.authenticatedAt).toBe(session.createdAt);
    const plain = await one.rotate(token);
    expect(plain.session.authenticatedAt).toBe(session.createdAt);
    const fresh = await one.reauthenticate(plain.token);
    expect(fresh.session.authenticatedAt).toBe(fresh.session.readAt);
    const later = await one.rotate(fresh.token);
    expect(later.session.authenticatedAt).toBe(fresh.session.authenticatedAt);
    expect((await one.verify(later.token)).authenticatedAt).toBe(fresh.session.authenticatedAt);
  });
});
