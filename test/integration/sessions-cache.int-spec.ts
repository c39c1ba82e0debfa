import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from '../../src/app.setup.js';
import { readSettings } from '../../src/config/index.js';
import { SessionsService } from '../../src/sessions/index.js';
import { GuardedModule } from '../support/fixtures/guarded.module.js';
import { send, type TestAnswer } from '../support/http.js';
import { TestRedis } from '../support/redis-server.js';
import { sessionsWith, startServices } from '../support/sessions.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';

/** Longer than any setting allows: what is forgotten in a test was told of, and has not run out. */
const A_MINUTE_MS = 60_000;

describe('checked sessions that a replica remembers', () => {
  let redis: TestRedis;
  let proxy: TcpProxy;
  const replicas: NestFastifyApplication[] = [];
  let sessions: SessionsService;

  beforeAll(async () => {
    redis = await TestRedis.start();
    proxy = await TcpProxy.start({ target: { host: '127.0.0.1', port: redis.port } });
    [sessions] = await startServices(redis, 1, { SESSION_CACHE_MS: '1000' });
  });

  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.close()));
    await proxy.close();
  });

  /** A replica behind the proxy. @returns what asks it for the session of a token. */
  async function startReplica(sessionCacheMs: number): Promise<Ask> {
    const environment = {
      REDIS_URL: proxy.url,
      PORT: '0',
      LOG_LEVEL: 'silent',
      REDIS_COMMAND_TIMEOUT_MS: '5000',
    };
    const settings = { ...readSettings(environment), sessionCacheMs };
    const nest = await createApp(settings, sessionsWith(GuardedModule));
    replicas.push(nest);
    await nest.listen(0, '127.0.0.1');
    const url = `${await nest.getUrl()}/v1/guarded`;
    return (token) => send(url, 'GET', { headers: { 'session-token': token } });
  }

  /** How often Redis has looked a session's record up. */
  async function lookUps(): Promise<number> {
    const stats = await redis.client.info('commandstats');
    return Number(/cmdstat_hget:calls=(\d+)/.exec(stats)?.[1] ?? 0);
  }

  /** A token that a replica answers without Redis. */
  async function remembered(ask: Ask, userId: string): Promise<string> {
    const { token } = await sessions.create({ userId });
    const spared = async () => {
      expect((await ask(token)).status).toBe(200);
      const before = await lookUps();
      await ask(token);
      return (await lookUps()) === before;
    };
    await waitFor(spared, { what: 'a request without a look-up' });
    return token;
  }

  it('cost Redis nothing for a while', async () => {
    const ask = await startReplica(500);
    const token = await remembered(ask, 'ada');
    const looked = async () => {
      const before = await lookUps();
      await ask(token);
      return (await lookUps()) > before;
    };
    await waitFor(looked, { what: 'the while to be over' });
  });

  describe('for a minute', () => {
    let ask: Ask;

    beforeAll(async () => {
      ask = await startReplica(A_MINUTE_MS);
    });

    it.each([
      ['logged out', (token: string) => sessions.revoke(token)],
      ['revoked by id', (token: string) => sessions.revokeById('bob', token.split('.')[1])],
      ['revoked with all of the user', () => sessions.revokeAll('bob')],
      ['revoked with everyone', () => sessions.revokeEveryone()],
      ['replaced', (token: string) => sessions.create({ userId: 'bob', replaces: token })],
      ['evicted', () => sessions.create({ userId: 'bob', maxPerUser: 1 })],
    ])('are forgotten when they are %s elsewhere', async (_how, revoke) => {
      await sessions.revokeAll('bob');
      const token = await remembered(ask, 'bob');
      await revoke(token);
      await waitFor(async () => (await ask(token)).status === 401, { what: 'the news' });
    });

    it('show other data and other roles as soon as that is heard', async () => {
      const token = await remembered(ask, 'eve');
      await sessions.update(token, { set: { theme: 'dark' } });
      await waitFor(async () => (await ask(token)).body.data.theme === 'dark', { what: 'the data' });
      await sessions.setRoles('eve', ['admin']);
      await waitFor(async () => (await ask(token)).body.roles[0] === 'admin', { what: 'the roles' });
    });

    it('are forgotten by a replica that cannot hear', async () => {
      const token = await remembered(ask, 'deaf');
      proxy.drop();
      expect(await sessions.revokeAll('deaf')).toBe(1);
      await waitFor(async () => (await ask(token)).status === 503, { what: 'the silence to be noticed' });
      await proxy.restore();
      await waitFor(async () => (await ask(token)).status === 401, { what: 'Redis to be back' });
    });
  });
});

type Ask = (token: string) => Promise<TestAnswer>;
