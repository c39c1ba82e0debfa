import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module, type Type } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { CacheService } from '../../src/cache/index.js';
import { findRedisServer } from '../../src/redis/index.js';
import { appWithout, TestApp } from '../support/app.js';
import { ProbeModule } from '../support/fixtures/probe.module.js';
import { TestRedis } from '../support/redis-server.js';
import { freePort, TestCluster, TestSentinel } from '../support/redis-topologies.js';
import { TestServer } from '../support/server.js';
import { waitFor } from '../support/wait-for.js';

const DEADLINE_MS = 1000;

@Module({ imports: [appWithout('PostgresModule', 'CatalogModule'), ProbeModule] })
class ProbedApp {}

async function start(environment: Record<string, string>): Promise<TestApp> {
  const settings = { REDIS_COMMAND_TIMEOUT_MS: String(DEADLINE_MS), RATE_LIMIT: '3', ...environment };
  const app = await TestApp.start(settings, ProbedApp as Type);
  await isReady(app);
  return app;
}

const isReady = (app: TestApp) =>
  waitFor(async () => (await app.request('GET', '/health/ready')).body.status === 'ok', {
    what: 'the app to be ready',
    timeoutMs: 15_000,
  });

const login = (app: TestApp, userId: string) => app.request('POST', '/v1/sessions', { body: { userId } });
const current = (app: TestApp, token: string) =>
  app.request('GET', '/v1/sessions/current', { headers: { 'session-token': token } });

/** Logs users in, one after the other, until told to stop; keeps the tokens that were given out. */
function keepLoggingIn(app: TestApp) {
  let over = false;
  const tokens: string[] = [];
  const statuses = new Set<number>();
  const loop = (async () => {
    for (let i = 0; !over; i++) {
      const answer = await login(app, `user-${i}`);
      statuses.add(answer.status);
      if (answer.status === 201) tokens.push(answer.body.token as string);
    }
  })();
  const stop = () => ((over = true), loop);
  stopLoad = stop;
  return { tokens, statuses, stop };
}

async function expectAllAlive(app: TestApp, tokens: readonly string[]): Promise<void> {
  const lost = [];
  for (const token of tokens) {
    const { status } = await waitFor(
      async () => {
        const answer = await current(app, token);
        return answer.status !== 503 && answer;
      },
      { what: 'a session to be read', timeoutMs: 10_000 },
    );
    if (status !== 200) lost.push(status);
  }
  expect(lost).toEqual([]);
}

let stopLoad: (() => Promise<void>) | undefined;

/** Also when a test has failed in the middle of it. */
afterEach(() => stopLoad?.());

describe('Sentinel', () => {
  it('leads to the new master after the old one was killed, and no session that was given out is lost', async () => {
    const sentinel = await TestSentinel.start();
    const app = await start({ REDIS_URL: sentinel.url });
    const load = keepLoggingIn(app);
    await waitFor(() => load.tokens.length > 50, { what: 'some sessions', timeoutMs: 10_000 });
    await sentinel.master.kill();
    const before = load.tokens.length;
    await waitFor(() => load.tokens.length > before + 50, { what: 'new sessions', timeoutMs: 60_000 });
    await load.stop();
    expect([...load.statuses].sort()).toEqual([201, 503]);
    expect(await sentinel.replica.client.role()).toContain('master');
    await expectAllAlive(app, load.tokens);
    await app.stop();
    await sentinel.stop();
  }, 180_000);
});

describe('Cluster', () => {
  let cluster: TestCluster;
  let app: TestApp;

  beforeAll(async () => {
    cluster = await TestCluster.start();
    app = await start({ REDIS_URL: cluster.url });
  });

  afterAll(async () => {
    await app.stop();
    await cluster.stop();
  });

  afterEach(() => cluster.masters.forEach((master) => master.thaw()));

  /** A user whose sessions lie on this node. */
  async function userOn(node: TestRedis): Promise<string> {
    for (let i = 0; ; i++) {
      const before = await node.client.dbsize();
      await login(app, `on-${node.port}-${i}`);
      if ((await node.client.dbsize()) > before) return `on-${node.port}-${i}`;
    }
  }

  const users = Array.from({ length: 30 }, (_, i) => `spread-${i}`);

  it('serves sessions from every node', async () => {
    const logins = await Promise.all(users.map((user) => login(app, user)));
    expect(new Set(logins.map(({ status }) => status))).toEqual(new Set([201]));
    for (const { client } of cluster.masters) expect(await client.dbsize()).toBeGreaterThan(0);
    const reads = await Promise.all(logins.map(({ body }) => current(app, body.token)));
    expect(reads.map(({ body }) => body.session.userId)).toEqual(users);
    for (const user of users) {
      expect((await app.request('DELETE', `/v1/users/${user}/sessions`)).body).toEqual({ revoked: 1 });
    }
  });

  it('replays answers, limits routes and caches', async () => {
    const once = () =>
      app.request('POST', '/v1/sessions', { body: { userId: 'i' }, headers: { 'idempotency-key': 'c-1' } });
    expect((await once()).text).toBe((await once()).text);
    const limited = [];
    for (let i = 0; i < 4; i++) limited.push((await app.request('GET', '/v1/probe/limited')).status);
    expect(limited).toEqual([200, 200, 200, 429]);
    const cached = await app.request('GET', '/v1/probe/cached/x');
    expect((await app.request('GET', '/v1/probe/cached/x')).body).toEqual(cached.body);
    expect((await app.request('GET', '/v1/redis/memory')).status).toBe(200);
    expect((await app.request('GET', '/metrics')).status).toBe(200);
  });

  it('invalidates entries on all nodes at once', async () => {
    const cache = app.get(CacheService);
    const load = (value: string) => () => Promise.resolve(value);
    for (const key of users) await cache.getOrSet(key, load('old'), { ttlMs: 60_000 });
    await cache.invalidate({ keys: users });
    for (const key of users) expect(await cache.getOrSet(key, load('new'), { ttlMs: 60_000 })).toBe('new');
  });

  it('does not send a command again whose reply was lost', async () => {
    const user = await userOn(cluster.masters[0]);
    await app.request('DELETE', `/v1/users/${user}/sessions`);
    const lost = cluster.proxy.loseNextReply({ containing: /:sessions:/ });
    const answer = await login(app, user);
    expect((await lost)?.reply.length).toBeGreaterThan(0);
    expect(answer).toMatchObject({ status: 503, body: { code: 'STATE_STORE_UNAVAILABLE' } });
    const revoked = await waitFor(
      async () => (await app.request('DELETE', `/v1/users/${user}/sessions`)).body.revoked as number,
      { what: 'the node to be reached again' },
    );
    expect(revoked).toBe(1);
  });

  it('does not send a command later that failed while its node was not reached', async () => {
    const user = await userOn(cluster.masters[0]);
    await app.request('DELETE', `/v1/users/${user}/sessions`);
    cluster.proxy.drop();
    const answers = await Promise.all(Array.from({ length: 10 }, () => login(app, user)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
    await cluster.proxy.restore();
    const reached = async () => (await login(app, user)).status === 201;
    await waitFor(reached, { what: 'the node to be reached again', timeoutMs: 10_000 });
    expect((await app.request('DELETE', `/v1/users/${user}/sessions`)).body).toEqual({ revoked: 1 });
  });

  // Only the Cluster's own `ready` is listened to, which a node that returns does not repeat.
  it('makes up for an invalidation as soon as the entry’s node is back', async () => {
    const cache = app.get(CacheService);
    const keys: string[] = [];
    for (const key of users) {
      const slot = await cluster.masters[0].client.cluster('KEYSLOT', `{${key}}`);
      if (slot <= 5460) keys.push(key);
    }
    for (const key of keys) await cache.set(key, 'old', { ttlMs: 60_000 });
    cluster.proxy.drop();
    await cache.invalidate({ keys });
    await cluster.proxy.restore();
    await waitFor(() => cache.get(keys[0]).then(() => true), {
      what: 'the node to be reached again',
      timeoutMs: 10_000,
    });
    const read = (key: string) => cache.getOrSet(key, () => Promise.resolve('new'), { ttlMs: 60_000 });
    expect(new Set(await Promise.all(keys.map(read)))).toEqual(new Set(['new']));
  });

  it('refuses within the deadline what lies on a frozen node, and serves the rest', async () => {
    const [frozen, other] = [await userOn(cluster.masters[2]), await userOn(cluster.masters[1])];
    cluster.masters[2].freeze();
    const startedAt = performance.now();
    expect((await login(app, frozen)).status).toBe(503);
    expect(performance.now() - startedAt).toBeLessThan(DEADLINE_MS + 2000);
    expect((await login(app, other)).status).toBe(201);
    cluster.masters[2].thaw();
    await waitFor(async () => (await login(app, frozen)).status === 201, {
      what: 'the node to be used again',
      timeoutMs: 10_000,
    });
  });

  it('goes on with the replica of a master that was killed, and keeps every session that was replicated', async () => {
    const load = keepLoggingIn(app);
    await waitFor(() => load.tokens.length > 50, { what: 'some sessions', timeoutMs: 10_000 });
    await load.stop();
    const [master, replica] = [cluster.masters[0].client, cluster.replica.client];
    await waitFor(async () => (await offset(master)) === (await offset(replica)), {
      what: 'the replica to have it all',
      timeoutMs: 10_000,
    });
    await cluster.masters[0].kill();
    await waitFor(async () => (await cluster.replica.client.role()).includes('master'), {
      what: 'the replica to take over',
      timeoutMs: 20_000,
    });
    const all = async () =>
      (await Promise.all(users.map((user) => login(app, user)))).map(({ status }) => status);
    await waitFor(async () => (await all()).every((status) => status === 201), {
      what: 'every slot to be served again',
      timeoutMs: 20_000,
    });
    await expectAllAlive(app, load.tokens);
  });
});

/** How far a server is in the stream of replication. */
async function offset(server: Redis): Promise<string | undefined> {
  return /master_repl_offset:(\d+)/.exec(await server.info('replication'))?.[1];
}

describe('TLS', () => {
  const binary = findRedisServer(process.env.REDIS_SERVER_BIN);
  const refused = spawnSync(binary, ['-'], { input: 'tls-port 0\nno-such-setting yes\n', encoding: 'utf8' });
  const hasTls = !`${refused.stdout}${refused.stderr}`.includes('tls-port');

  (hasTls ? it : it.skip)(
    'is spoken with a server whose certificate is trusted, and with no other',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'holdfast-tls-'));
      const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
      const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
      const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
      execFileSync('openssl', ['req', '-x509', ...made, '-keyout', key, '-out', certificate, ...subject], {
        stdio: 'pipe',
      });
      const files = [
        '--tls-cert-file',
        certificate,
        '--tls-key-file',
        key,
        '--tls-ca-cert-file',
        certificate,
      ];
      const port = await freePort();
      await TestRedis.start({ args: ['--tls-port', String(port), '--tls-auth-clients', 'no', ...files] });
      const REDIS_URL = `rediss://localhost:${port}`;
      const [trusting, distrusting] = await Promise.all([
        TestServer.start({ REDIS_URL, NODE_EXTRA_CA_CERTS: certificate }),
        TestServer.start({ REDIS_URL, LOG_LEVEL: 'warn' }),
      ]);
      await waitFor(async () => (await trusting.request('GET', '/health/ready')).body.status === 'ok', {
        what: 'the server to be ready',
        timeoutMs: 10_000,
      });
      expect((await trusting.request('POST', '/v1/sessions', { body: { userId: 'ada' } })).status).toBe(201);
      await distrusting.child.waitForLine(/self-signed certificate/);
      expect((await distrusting.request('GET', '/health/startup')).status).toBe(503);
      await Promise.all([trusting.child.stop(), distrusting.child.stop()]);
      rmSync(folder, { recursive: true });
    },
  );
});

describe('access control', () => {
  const user = 'team:a';
  const password = 'p@ss:w/ord %☃';
  let redis: TestRedis;

  beforeAll(async () => {
    redis = await TestRedis.start();
    const rules = ['on', `>${password}`, '~holdfast:*', '+@all', '-@dangerous', '+info'];
    await redis.client.call('ACL', 'SETUSER', user, ...rules);
    await redis.client.call('ACL', 'SETUSER', 'default', 'off');
  });

  const withCredentials = (name: string, secret: string) =>
    redis.url.replace('//', `//${encodeURIComponent(name)}:${encodeURIComponent(secret)}@`);

  it('takes the user and the password of the URL, percent-encoded, and needs no dangerous command', async () => {
    const app = await start({ REDIS_URL: withCredentials(user, password) });
    const { status, body } = await login(app, 'ada');
    expect(status).toBe(201);
    expect((await current(app, body.token)).status).toBe(200);
    expect((await app.request('GET', '/v1/probe/limited')).status).toBe(200);
    expect((await app.request('GET', '/v1/probe/limited')).headers.get('ratelimit')).toContain('r=1');
    await app.stop();
  });

  it('is not passed with a wrong password', async () => {
    const settings = { REDIS_URL: withCredentials(user, 'wrong') };
    const app = await TestApp.start(settings, ProbedApp as Type);
    expect((await login(app, 'ada')).body.code).toBe('STATE_STORE_UNAVAILABLE');
    expect((await app.request('GET', '/health/startup')).status).toBe(503);
    await app.stop();
  });
});
