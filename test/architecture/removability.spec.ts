import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { ConfigModule, readSettings } from '../../src/config/index.js';
import { CacheRedisClient, RedisClient } from '../../src/redis/index.js';
import { RequireSession, SessionsService } from '../../src/sessions/index.js';
import { appWithout, TestApp } from '../support/app.js';
import { TestRedis } from '../support/redis-server.js';
import { NO_DATABASE } from './live-app.js';
import { project } from './project.js';

@Controller('planted')
class ProtectedController {
  @Get()
  @RequireSession()
  read(): string {
    return 'secret';
  }
}

@Injectable()
class NeedySomething {
  constructor(readonly sessions: SessionsService) {}
}

/** The modules of features and teams that AppModule imports: each is a line that may be deleted. */
function removableModules(): string[] {
  const features = new Set(project.features().map(({ name }) => name));
  const imports = project
    .read('src/app.module.ts')
    .matchAll(/import \{ (\w+) \} from '\.\/([\w-]+)\/index\.js'/g);
  return [...imports].filter(([, , folder]) => features.has(folder)).map(([, name]) => name);
}

describe('the app', () => {
  let settings: Record<string, string>;

  beforeAll(async () => {
    settings = { ...NO_DATABASE, REDIS_URL: (await TestRedis.start()).url };
  });

  it.each(removableModules())('boots without %s', async (name) => {
    const app = await TestApp.start(settings, appWithout(name));
    expect((await app.request('GET', '/health/live')).status).toBe(200);
    expect((await app.request('GET', '/openapi.json')).status).toBe(200);
    await app.stop();
  });

  it('boots without all of them', async () => {
    const app = await TestApp.start(settings, appWithout(...removableModules()));
    expect((await app.request('GET', '/health/live')).status).toBe(200);
    await app.stop();
  });

  it('does not boot with a module that needs one that is gone', async () => {
    @Module({ imports: [appWithout('SessionsModule')], providers: [NeedySomething] })
    class NeedyModule {}
    // A boot that fails closes nothing, so it is given nothing that would stay open.
    const store = { observe: () => undefined };
    const boot = Test.createTestingModule({
      imports: [ConfigModule.forRoot(readSettings(settings)), NeedyModule],
    });
    for (const client of [RedisClient, CacheRedisClient]) boot.overrideProvider(client).useValue(store);
    await expect(boot.compile()).rejects.toThrow(/SessionsService/);
  });

  it('refuses a protected route when nothing is left that could check the session', async () => {
    @Module({ imports: [appWithout('SessionsModule')], controllers: [ProtectedController] })
    class UnguardedModule {}
    const app = await TestApp.start(settings, UnguardedModule);
    const answer = await app.request('GET', '/planted', { headers: { 'session-token': 'any' } });
    expect(answer.status).toBe(503);
    expect(answer.body.code).toBe('FEATURE_NOT_INSTALLED');
    await app.stop();
  });
});
