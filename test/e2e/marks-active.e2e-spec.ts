import { Controller, Get, Module } from '@nestjs/common';
import { ActivityService, LeaderboardModule, MarksActive } from '../../src/leaderboard/index.js';
import { RequireSession, SessionsModule, SessionsService } from '../../src/sessions/index.js';
import { activityWith, daysAgo } from '../support/activity.js';
import { TestApp } from '../support/app.js';
import { parsePrometheus } from '../support/prometheus.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

@MarksActive('api')
@Controller('v1/team')
class TeamController {
  @Get('mine')
  @RequireSession()
  mine(): string {
    return 'mine';
  }

  @Get('admin')
  @RequireSession({ roles: ['admin'] })
  admin(): string {
    return 'admin';
  }

  @Get('open')
  open(): string {
    return 'open';
  }

  @Get('reports')
  @MarksActive('reports', { mode: 'approximate' })
  @RequireSession()
  reports(): string {
    return 'reports';
  }
}

@Module({ imports: [LeaderboardModule], controllers: [TeamController] })
class TeamModule {}

let redis: TestRedis;
let app: TestApp;
let sessions: SessionsService;

beforeAll(async () => {
  redis = await TestRedis.start();
  app = await start(redis.url);
  sessions = app.get(SessionsService);
});

const start = (REDIS_URL: string, settings: Record<string, string> = {}) =>
  TestApp.start({ REDIS_URL, ...settings }, activityWith(SessionsModule, TeamModule));

const login = async (userId: string) => (await sessions.create({ userId })).token;

const get = async (route: string, token?: string, from = app) =>
  (await from.request('GET', `/v1/team/${route}`, { headers: token ? { 'session-token': token } : {} }))
    .status;

/** How many users were active in this month. */
async function counted(activity: string, by = app): Promise<number> {
  const range = { from: daysAgo(0), to: daysAgo(0), granularity: 'month' } as const;
  const [{ count }] = await by.get(ActivityService).activeUsers(activity, range);
  return count;
}

const counts = (activity: string, count: number) =>
  waitFor(async () => (await counted(activity)) === count, { what: `${count} users active in ${activity}` });

async function calls(command: string): Promise<number> {
  const stats = await redis.client.info('commandstats');
  return Number(new RegExp(`^cmdstat_${command}:calls=(\\d+)`, 'm').exec(stats)?.[1] ?? 0);
}

describe('a route that marks its users', () => {
  it('marks those whom its guards let through, once each', async () => {
    const tokens = await Promise.all(['ada', 'bob', 'eve'].map(login));
    for (let round = 0; round < 3; round += 1) {
      expect(await Promise.all(tokens.map((token) => get('mine', token)))).toEqual([200, 200, 200]);
    }
    await counts('api', 3);
    const zoe = await login('zoe');
    expect([await get('admin', zoe), await get('mine', 'no token'), await get('open')]).toEqual([
      403, 401, 200,
    ]);
    expect(await get('mine', await login('last'))).toBe(200);
    await counts('api', 4);
  });

  it('marks in the activity and the mode that it names', async () => {
    expect(await get('reports', await login('ada'))).toBe(200);
    await counts('reports', 1);
    const kept = app.get(ActivityService).retention('reports', { cohort: daysAgo(0), days: 1 });
    await expect(kept).rejects.toMatchObject({ code: 'ACTIVITY_NOT_EXACT' });
  });

  it('sends no mark of which it knows that it is in Redis', async () => {
    const before = await counted('api');
    const token = await login('known');
    await get('mine', token);
    await counts('api', before + 1);
    const setbits = await calls('setbit');
    for (let round = 0; round < 20; round += 1) expect(await get('mine', token)).toBe(200);
    await get('mine', await login('another'));
    await counts('api', before + 2);
    // Of the other user alone: for the day, the week and the month.
    expect((await calls('setbit')) - setbits).toBe(3);
  });
});

describe('marks that wait', () => {
  it('are sent when the process ends', async () => {
    const leaving = await start(redis.url);
    const before = await counted('api');
    const tokens = await Promise.all(['p', 'q', 'r'].map(login));
    await Promise.all(tokens.map((token) => get('mine', token, leaving)));
    await leaving.stop();
    expect(await counted('api')).toBe(before + 3);
  });

  it('wait for Redis, and none is lost', async () => {
    const own = await TestRedis.start();
    const replica = await start(own.url, { REDIS_COMMAND_TIMEOUT_MS: '500', SESSION_CACHE_MS: '1000' });
    const { token } = await replica.get(SessionsService).create({ userId: 'patient' });
    expect(await get('open', undefined, replica)).toBe(200);
    // The session is known from its first use; the mark of that use must not get through.
    own.client.on('error', () => undefined);
    await own.client.config('SET', 'maxmemory', 1);
    expect(await get('mine', token, replica)).toBe(200);
    const failed = async () => {
      const text = (await replica.request('GET', '/metrics')).text;
      return parsePrometheus(text).some(
        ({ name, labels, value }) =>
          name === 'holdfast_redis_errors_total' && labels.feature === 'activity' && value > 0,
      );
    };
    await waitFor(failed, { what: 'a mark to fail' });
    await own.client.config('SET', 'maxmemory', 0);
    await waitFor(async () => (await counted('api', replica)) === 1, { what: 'the mark' });
  });
});
