import { type SessionEvent, SessionInvalidError, SessionsService } from '../../src/sessions/index.js';
import type { TestApp } from '../support/app.js';
import { TestRedis } from '../support/redis-server.js';
import { codeOf, sessionKeys, startReplicas, startServices } from '../support/sessions.js';
import { waitFor } from '../support/wait-for.js';

const SESSIONS = 200;

describe('sessions that expire', () => {
  let redis: TestRedis;
  let plain: SessionsService;

  beforeAll(async () => {
    redis = await TestRedis.start();
    [plain] = await startServices(redis, 1);
  });

  beforeEach(() => redis.client.flushall());

  it('leave no key behind, and no listener costs a key', async () => {
    for (let n = 0; n < SESSIONS; n++) void plain.create({ userId: `user-${n % 100}`, idleTtlMs: 1000 });
    await plain.create({ userId: 'last', absoluteTtlMs: 1000 });
    expect(await redis.client.dbsize()).toBe(101);
    await waitFor(async () => (await redis.client.dbsize()) === 0, { what: 'all keys to be gone' });
  });

  it('are dead to every call, though others of the user keep the key alive', async () => {
    const { token, session } = await plain.create({ userId: 'ada', idleTtlMs: 1000 });
    await plain.create({ userId: 'ada' });
    await waitFor(async () => (await plain.list('ada')).length === 1, { what: 'the session to expire' });
    const uses = [plain.verify(token), plain.read(token), plain.rotate(token), plain.revoke(token)];
    expect(await Promise.all(uses.map(codeOf))).toEqual(uses.map(() => 'SESSION_INVALID'));
    expect(await codeOf(plain.update(token, { set: { a: 1 } }))).toBe('SESSION_INVALID');
    expect(await plain.setRoles('ada', ['x'])).toBe(1);
    expect((await plain.list('ada')).map(({ id }) => id)).not.toContain(session.id);
  });

  it('end at the absolute timeout, however often they are used', async () => {
    // Another one of the user keeps the key alive.
    await plain.create({ userId: 'ada' });
    const { token, session } = await plain.create({ userId: 'ada', idleTtlMs: 1500, absoluteTtlMs: 2500 });
    const seen: number[] = [];
    const over = async () => {
      const read = await plain.verify(token).catch((error: unknown) => {
        if (!(error instanceof SessionInvalidError)) throw error;
        return undefined;
      });
      if (read) seen.push(read.readAt - session.createdAt);
      return !read;
    };
    await waitFor(over, { what: 'the session to end', intervalMs: 20 });
    // In use beyond its idle timeout, and never beyond the absolute one.
    expect(Math.max(...seen)).toBeGreaterThan(1500);
    expect(Math.max(...seen)).toBeLessThan(2500);
  });
});

describe('events of expiry', () => {
  let redis: TestRedis;
  let apps: TestApp[];
  let replicas: SessionsService[];
  let told: SessionEvent[];

  beforeEach(async () => {
    redis = await TestRedis.start();
    apps = await startReplicas(redis, 2);
    replicas = apps.map((app) => app.get(SessionsService));
    told = [];
  });

  const tell = (event: SessionEvent) => void told.push(event);
  const toldIds = () => new Set(told.map(({ sessionId }) => sessionId));

  it(`come for each of ${SESSIONS} sessions, and then no key is left`, async () => {
    for (const replica of replicas) replica.on('expired', tell);
    const issued = await Promise.all(
      Array.from({ length: SESSIONS }, (_, n) =>
        replicas[n % 2].create({ userId: `user-${n % 50}`, idleTtlMs: 1000, absoluteTtlMs: 60_000 }),
      ),
    );
    const [used, ended] = issued;
    await replicas[0].revoke(ended.token);
    const inUse = async () => {
      const { expiresAt } = await replicas[1].verify(used.token);
      return expiresAt > used.session.expiresAt;
    };
    await waitFor(inUse, { what: 'a session in use to live on' });
    await waitFor(() => toldIds().size === SESSIONS - 1, { what: 'all to be told of' });
    expect(toldIds()).toEqual(
      new Set(issued.filter((each) => each !== ended).map(({ session }) => session.id)),
    );
    expect(told).toContainEqual({ type: 'expired', userId: 'user-0', sessionId: used.session.id });
    await waitFor(async () => (await redis.client.dbsize()) === 0, { what: 'all keys to be gone' });
  });

  it('come again when a listener fails, and not when it has not', async () => {
    let failures = 0;
    replicas[0].on('expired', (event) => {
      tell(event);
      if (failures++ < 2) throw new Error('planted');
    });
    const { session } = await replicas[0].create({ userId: 'ada', idleTtlMs: 1000 });
    await waitFor(async () => (await redis.client.dbsize()) === 0, { what: 'the session to be gone' });
    expect(told.map(({ sessionId }) => sessionId)).toEqual([session.id, session.id, session.id]);
  });

  it('come from another replica when the one that took them ends before it has told', async () => {
    const taken: string[] = [];
    replicas[0].on('expired', ({ sessionId }) => {
      taken.push(sessionId);
      return new Promise(() => undefined);
    });
    const { session } = await replicas[0].create({ userId: 'ada', idleTtlMs: 1000 });
    await waitFor(() => taken.length === 1, { what: 'a replica to take it' });
    expect(await sessionKeys(redis.client)).not.toEqual([]);
    replicas[1].on('expired', tell);
    await apps[0].stop();
    await waitFor(() => told.length > 0, { what: 'the other replica to tell', timeoutMs: 15_000 });
    expect(told).toEqual([{ type: 'expired', userId: 'ada', sessionId: session.id }]);
    await waitFor(async () => (await redis.client.dbsize()) === 0, { what: 'all keys to be gone' });
  });

  it('are not lost to a login of the same user, before or after, nor to a logout from everywhere', async () => {
    for (const replica of replicas) replica.on('expired', tell);
    const ids: string[] = [];
    for (let n = 0; n < 30; n++) {
      const { token, session } = await replicas[n % 2].create({ userId: 'ada', idleTtlMs: 1000 });
      ids.push(session.id);
      // So that some expire while others begin.
      const later = async () => (await replicas[0].verify(token)).readAt > session.createdAt + 50;
      await waitFor(later, { what: 'the clock to go on' });
    }
    const last = async () => (await replicas[0].list('ada')).length === 0;
    await waitFor(last, { what: 'the sessions to expire' });
    expect(await replicas[0].revokeAll('ada')).toBe(0);
    await waitFor(() => toldIds().size === ids.length, { what: 'all to be told of' });
    expect(toldIds()).toEqual(new Set(ids));
    await waitFor(async () => (await redis.client.dbsize()) === 0, { what: 'all keys to be gone' });
  });
});
