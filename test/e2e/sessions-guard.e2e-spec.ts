import { TestApp } from '../support/app.js';
import { SessionsService } from '../../src/sessions/index.js';
import { GuardedModule } from '../support/fixtures/guarded.module.js';
import { TestRedis } from '../support/redis-server.js';
import { sessionsWith } from '../support/sessions.js';
import { waitFor } from '../support/wait-for.js';

describe('a team’s routes behind sessions', () => {
  let redis: TestRedis;
  let app: TestApp;
  let foreign: TestApp;
  let sessions: SessionsService;

  beforeAll(async () => {
    redis = await TestRedis.start();
    const start = (settings: Record<string, string> = {}) =>
      TestApp.start({ REDIS_URL: redis.url, ...settings }, sessionsWith(GuardedModule));
    [app, foreign] = await Promise.all([start(), start({ KEY_PREFIX: 'other' })]);
    sessions = app.get(SessionsService);
  });

  const call = (method: string, path: string, token?: string) =>
    app.request(method, `/v1/guarded${path}`, {
      headers: token === undefined ? {} : { 'session-token': token },
    });

  it('get the session, and no device that they have not asked for', async () => {
    const { token, session } = await sessions.create({
      userId: 'ada',
      data: { cart: [1] },
      device: { name: 'x' },
    });
    const { device, ...rest } = session;
    expect(device).toEqual({ name: 'x' });
    expect((await call('GET', '', token)).body).toEqual({ ...rest, readAt: expect.any(Number) });
    await sessions.update(token, { increment: { visits: 3 } });
    expect((await call('POST', '', token)).body).toEqual({ userId: 'ada', visits: 3 });
  });

  it('ask for one of the roles', async () => {
    const login = (roles: string[]) => sessions.create({ userId: 'ada', roles });
    const [owner, reader] = [await login(['reader', 'owner']), await login(['reader'])];
    expect((await call('DELETE', '/everything', owner.token)).status).toBe(200);
    const refused = await call('DELETE', '/everything', reader.token);
    expect(refused).toMatchObject({ status: 403, body: { code: 'SESSION_FORBIDDEN' } });
    await sessions.setRoles('ada', ['admin']);
    expect((await call('DELETE', '/everything', reader.token)).status).toBe(200);
  });

  it('ask for an authentication of late, which a reauthentication is and a rotation is not', async () => {
    const { token } = await sessions.create({ userId: 'ada' });
    const transfer = (of: string) => call('POST', '/fresh', of);
    const stale = async () => (await transfer(token)).status === 403;
    await waitFor(stale, { what: 'the login to be no longer fresh' });
    expect((await transfer(token)).body.code).toBe('SESSION_NOT_FRESH');
    const rotated = await sessions.rotate(token);
    expect((await transfer(rotated.token)).body.code).toBe('SESSION_NOT_FRESH');
    const again = async () => {
      const { token: fresh } = await sessions.reauthenticate(
        (await sessions.create({ userId: 'ada' })).token,
      );
      return (await transfer(fresh)).status === 201;
    };
    await waitFor(again, { what: 'a transfer within the freshness' });
  });

  it('refuse whatever is not the token of a live session with one and the same answer', async () => {
    const [live, revoked, short] = [
      await sessions.create({ userId: 'ada' }),
      await sessions.create({ userId: 'ada' }),
      await sessions.create({ userId: 'ada', idleTtlMs: 1000 }),
    ];
    await sessions.revoke(revoked.token);
    const gone = async () => (await sessions.list('ada')).every(({ id }) => id !== short.session.id);
    await waitFor(gone, { what: 'the session to expire' });
    const stranger = await foreign.get(SessionsService).create({ userId: 'ada' });
    const flip = (at: number) =>
      live.token.slice(0, at) + (live.token[at] === 'A' ? 'B' : 'A') + live.token.slice(at + 1);
    const bad = [
      revoked.token,
      short.token,
      stranger.token,
      live.token.slice(0, -1),
      `${live.token}x`,
      ...[0, 11, 13, 34, 36, live.token.length - 1].map(flip),
      'x'.repeat(10_000),
      '',
      undefined,
    ];
    const answers = await Promise.all(bad.map((token) => call('GET', '', token)));
    expect(answers.map(({ status }) => status)).toEqual(bad.map(() => 401));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    const names = answers.map(({ headers }) => [...headers.keys()].sort().join());
    expect(new Set(names).size).toBe(1);
    expect((await call('GET', '', live.token)).status).toBe(200);
  });

  it('look every token up alike: what is none costs Redis what a wrong one does', async () => {
    const { token } = await sessions.create({ userId: 'ada' });
    const lookUps = async (of: string) => {
      await redis.client.config('RESETSTAT');
      await call('GET', '', of);
      return /cmdstat_hget:calls=(\d+)/.exec(await redis.client.info('commandstats'))?.[1];
    };
    for (const bad of [
      'nonsense',
      'x'.repeat(10_000),
      token.slice(0, -1),
      `${token.slice(0, 60)}${'A'.repeat(19)}`,
    ]) {
      expect(await lookUps(bad)).toBe('1');
    }
  });
});
