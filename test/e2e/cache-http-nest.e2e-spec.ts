import {
  ClassSerializerInterceptor,
  Controller,
  type ExecutionContext,
  Get,
  Module,
  Param,
  SerializeOptions,
  type Type,
  UseInterceptors,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { Exclude, Expose } from 'class-transformer';
import { Cached, CacheKey, CacheService, CacheTTL } from '../../src/cache/index.js';
import { appWithout, TestApp } from '../support/app.js';
import { TestRedis } from '../support/redis-server.js';

const ttlMs = 60_000;
let loads = 0;

class User {
  constructor(
    readonly name: string,
    password: string,
  ) {
    this.password = password;
  }

  @Exclude()
  readonly password: string;

  @Expose({ groups: ['admin'] })
  readonly role = 'for-admins';
}

@Controller('v1/users')
class BareController {
  @Get(':name')
  @Cached({ key: 'user:{name}', ttlMs })
  user(@Param('name') name: string): User[] {
    return [new User(name, 'secret-password')];
  }
}

@Controller('v1/users')
class UsersController {
  @Get(':name')
  @UseInterceptors(ClassSerializerInterceptor)
  @SerializeOptions({ groups: ['other'] })
  @Cached({ key: 'user:{name}', ttlMs })
  user(@Param('name') name: string): User[] {
    return [new User(name, 'secret-password')];
  }
}

@Controller('v1/named')
@CacheTTL(ttlMs)
class NamedController {
  @Get('fixed/:id')
  @CacheKey('a literal {id}')
  @Cached()
  fixed(): object {
    return { load: (loads += 1) };
  }

  @Get('made/:id')
  @Cached()
  @CacheKey((context: ExecutionContext) => `made|${context.switchToHttp().getRequest<{ url: string }>().url}`)
  @CacheTTL(() => Promise.resolve(5000))
  made(): object {
    return { load: (loads += 1) };
  }
}

@Module({
  imports: [appWithout('PostgresModule', 'CatalogModule')],
  controllers: [UsersController, NamedController],
})
class UsersApp {}

@Module({
  imports: [appWithout('PostgresModule', 'CatalogModule')],
  controllers: [BareController],
  providers: [{ provide: APP_INTERCEPTOR, useClass: ClassSerializerInterceptor }],
})
class SerializingApp {}

let redis: TestRedis;
let a: TestApp;
let b: TestApp;
let start: (root: Type) => Promise<TestApp>;

beforeAll(async () => {
  redis = await TestRedis.start();
  start = (root) => TestApp.start({ REDIS_URL: redis.url, CACHE_LOCAL_ENTRIES: '0' }, root);
  [a, b] = await Promise.all([start(UsersApp), start(UsersApp)]);
});

beforeEach(async () => {
  await redis.client.flushall();
  loads = 0;
});

const ask = (app: TestApp, path: string) => app.request('GET', `/v1/${path}`);

describe('decorators of @nestjs/cache-manager', () => {
  it('say the key as it is, or make it', async () => {
    expect((await ask(a, 'named/fixed/1')).body).toEqual({ load: 1 });
    expect((await ask(b, 'named/fixed/2')).body).toEqual({ load: 1 });
    expect(await b.get(CacheService).get('a literal {id}')).toEqual({ load: 1 });
    expect([await ask(a, 'named/made/1'), await ask(b, 'named/made/2')].map(({ body }) => body.load)).toEqual(
      [2, 3],
    );
    const made = await b.get(CacheService).peek('made%7C/v1/named/made/1');
    expect(made?.ttlMs).toBeGreaterThan(1000);
    expect(made?.ttlMs).toBeLessThanOrEqual(5000);
  });
});

describe('a field that is excluded', () => {
  it.each<[string, Type]>([
    ['by an interceptor of the route', UsersApp],
    ['by one of the whole app', SerializingApp],
  ])('neither leaves nor lies in Redis: %s', async (_what, root) => {
    const app = root === UsersApp ? a : await start(root);
    for (let i = 0; i < 2; i += 1) {
      expect((await ask(app, 'users/ada')).body).toEqual([{ name: 'ada' }]);
    }
    const [key] = await redis.client.keys('*user*:entry');
    const stored = await redis.client.get(key);
    expect(stored).toContain('ada');
    expect(stored).not.toMatch(/password|for-admins/);
  });
});
