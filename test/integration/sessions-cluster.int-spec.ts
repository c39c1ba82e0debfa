import { SessionsService } from '../../src/sessions/index.js';
import { TestApp } from '../support/app.js';
import { TestCluster } from '../support/redis-topologies.js';
import { codeOf, sessionsWith } from '../support/sessions.js';
import { waitFor } from '../support/wait-for.js';

/** Enough of them to lie on every node. */
const USERS = 60;

describe('sessions in a Redis Cluster', () => {
  let cluster: TestCluster;
  let sessions: SessionsService;

  beforeAll(async () => {
    cluster = await TestCluster.start();
    const app = await TestApp.start({ REDIS_URL: cluster.url }, sessionsWith());
    sessions = app.get(SessionsService);
  });

  afterAll(() => cluster.stop());

  const users = Array.from({ length: USERS }, (_, n) => `user-${n}`);
  const keysLeft = async (): Promise<number> => {
    const sizes = await Promise.all(cluster.masters.map(({ client }) => client.dbsize()));
    return sizes.reduce((sum, size) => sum + size, 0);
  };

  it('are read, changed, rotated, listed and ended by one call of one slot each', async () => {
    for (const userId of users) {
      const { token, session } = await sessions.create({ userId, data: { n: 1 } });
      const { token: other } = await sessions.create({ userId, maxPerUser: 2 });
      await sessions.update(token, { increment: { n: 1 } });
      const { token: next } = await sessions.rotate(token, { roles: ['a'] });
      expect(await sessions.verify(next)).toMatchObject({ userId, data: { n: 2 }, roles: ['a'] });
      expect(await sessions.setRoles(userId, ['b'])).toBe(2);
      expect(await sessions.list(userId)).toHaveLength(2);
      await sessions.revoke(other);
      await sessions.revokeById(userId, session.id);
      expect(await codeOf(sessions.verify(next))).toBe('SESSION_INVALID');
    }
    expect(await keysLeft()).toBe(0);
  });

  it('of everyone are ended on every node', async () => {
    const issued = await Promise.all(users.map((userId) => sessions.create({ userId })));
    expect(await sessions.revokeEveryone()).toBe(USERS);
    for (const { token } of issued) expect(await codeOf(sessions.verify(token))).toBe('SESSION_INVALID');
    expect(await keysLeft()).toBe(0);
  });

  it('are told of when they expire, and leave no key', async () => {
    const told = new Set<string>();
    const end = sessions.on('expired', ({ userId }) => told.add(userId));
    await Promise.all(users.map((userId) => sessions.create({ userId, idleTtlMs: 1000 })));
    await waitFor(() => told.size === USERS, { what: 'all to be told of' });
    await waitFor(async () => (await keysLeft()) === 0, { what: 'all keys to be gone' });
    end();
  });
});
