import {
  Controller,
  Get,
  HttpCode,
  Module,
  NotFoundException,
  Param,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Cached, CacheService, InvalidatesCache } from '../../src/cache/index.js';
import { appWithout, TestApp } from '../support/app.js';
import type { TestAnswer } from '../support/http.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

const ttlMs = 60_000;
let loads = 0;
let early = 0;
let fails = false;
let groups: string | undefined;
let duringLoad: (() => Promise<unknown>) | undefined;

@Controller('v1/routes')
class RoutesController {
  @Get('tagged/:id')
  @Cached({ key: 'tagged:{id}', ttlMs, scope: 'public', tags: ['item:{id}', 'items é'], vary: ['x-part'] })
  async tagged(@Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const load = (loads += 1);
    if (groups !== undefined) reply.header('Cache-Groups', groups);
    await duringLoad?.();
    return { id, load };
  }

  @Post('tagged/:id')
  @HttpCode(200)
  @InvalidatesCache({ tags: ['item:{id}'] })
  change(@Query('status') status: string, @Res({ passthrough: true }) reply: FastifyReply): object {
    if (status === 'throw') throw new NotFoundException();
    reply.code(Number(status));
    if (groups !== undefined) reply.header('Cache-Group-Invalidation', groups);
    return {};
  }

  @Post('prefix/:id')
  @InvalidatesCache({ prefix: 'tagged:{id}' })
  prefix(): object {
    return {};
  }

  @Get('brief')
  @Cached({ key: 'brief', ttlMs: 300, graceMs: ttlMs, scope: 'public' })
  brief(@Res({ passthrough: true }) reply: FastifyReply): object {
    if (fails) throw new Error('the source is away');
    reply.header('Content-Language', 'en').header('X-Load', String((loads += 1)));
    return { load: loads };
  }

  @Get('slowly')
  @Cached({ key: 'slowly', ttlMs: 400, scope: 'public' })
  async slowly(): Promise<object> {
    await new Promise((done) => setTimeout(done, 100));
    // Not counted with the others: its last run outlives its test.
    return { load: (early += 1) };
  }

  @Get('cookie')
  @Cached({ key: 'cookie', ttlMs: 300, graceMs: ttlMs, scope: 'public' })
  cookie(@Res({ passthrough: true }) reply: FastifyReply): object {
    if ((loads += 1) > 1) reply.header('Set-Cookie', 'late=1');
    return { load: loads };
  }
}

@Module({ imports: [appWithout('PostgresModule', 'CatalogModule')], controllers: [RoutesController] })
class RoutesApp {}

let redis: TestRedis;
let a: TestApp;
let b: TestApp;

beforeAll(async () => {
  redis = await TestRedis.start();
  const settings = { REDIS_URL: redis.url, CACHE_LOCAL_ENTRIES: '0' };
  [a, b] = await Promise.all([1, 2].map(() => TestApp.start(settings, RoutesApp)));
});

beforeEach(async () => {
  await redis.client.flushall();
  loads = 0;
  fails = false;
  groups = undefined;
  duringLoad = undefined;
});

const ask = (app: TestApp, path: string, headers: Record<string, string> = {}, method = 'GET') =>
  app.request(method, `/v1/${path}`, { headers });
const how = ({ headers }: TestAnswer) => headers.get('cache-status');

describe('an entity tag', () => {
  it('tells a client that it has the answer, without the handler', async () => {
    const first = await ask(a, 'routes/tagged/1');
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]{20}"$/);
    for (const header of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const { status, text, headers } = await ask(b, 'routes/tagged/1', { 'if-none-match': header });
      expect([status, text, headers.get('etag')]).toEqual([304, '', etag]);
      expect(headers.get('content-type')).toBeNull();
      for (const name of ['vary', 'cache-groups']) expect(headers.get(name)).toBe(first.headers.get(name));
      expect(headers.get('cache-control')).toContain('public, max-age=');
    }
    expect((await ask(b, 'routes/tagged/1', { 'if-none-match': '"x"' })).status).toBe(200);
    expect(loads).toBe(1);
  });

  it('is another one for another answer, also for who ran the handler', async () => {
    const { headers } = await ask(a, 'routes/brief');
    const etag = headers.get('etag') ?? '';
    await a.get(CacheService).delete('brief');
    loads = 0;
    const again = await ask(a, 'routes/brief', { 'if-none-match': etag });
    expect([again.status, again.headers.get('x-load'), how(again)]).toEqual([
      304,
      null,
      'holdfast; fwd=miss; stored',
    ]);
    await a.get(CacheService).delete('brief');
    expect((await ask(b, 'routes/brief', { 'if-none-match': etag })).headers.get('etag')).not.toBe(etag);
  });

  it('comes with HEAD as with GET', async () => {
    const head = await ask(a, 'routes/tagged/1', {}, 'HEAD');
    const read = await ask(b, 'routes/tagged/1');
    expect([head.status, head.text]).toEqual([200, '']);
    expect(how(read)).toContain('hit');
    for (const name of ['etag', 'content-type', 'content-length', 'vary', 'cache-groups']) {
      expect([name, head.headers.get(name)]).toEqual([name, read.headers.get(name)]);
    }
    const unmodified = await ask(b, 'routes/tagged/1', { 'if-none-match': '*' }, 'HEAD');
    expect(unmodified.status).toBe(304);
    expect(loads).toBe(1);
  });
});

describe('an answer in its grace', () => {
  const whenStale = (path: string) =>
    waitFor(async () => (await a.get(CacheService).peek(path))?.state === 'stale', {
      what: 'it to be stale',
    });

  it('goes out at once while the handler runs, whose answer comes whole', async () => {
    await ask(a, 'routes/brief');
    await whenStale('brief');
    const old = await ask(b, 'routes/brief');
    expect([old.body.load, old.headers.get('x-load'), old.headers.get('content-language')]).toEqual([
      1,
      '1',
      'en',
    ]);
    expect(how(old)).toMatch(/^holdfast; hit; ttl=-\d+$/);
    expect(old.headers.get('cache-control')).toBe('public, no-cache');
    await waitFor(async () => (await a.get(CacheService).peek<{ load: number }>('brief'))?.value.load === 2, {
      what: 'the new answer',
    });
    const { headers } = await ask(a, 'routes/brief');
    expect(headers.get('x-load')).not.toBe('1');
    expect(headers.get('content-language')).toBe('en');
  });

  it('stands in while the handler fails', async () => {
    await ask(a, 'routes/brief');
    await whenStale('brief');
    fails = true;
    for (let i = 0; i < 20; i += 1) {
      const { status, body } = await ask(i % 2 ? a : b, 'routes/brief');
      expect([status, body]).toEqual([200, { load: 1 }]);
    }
    await a.get(CacheService).delete('brief');
    const refused = await waitFor(
      async () => {
        const answer = await ask(a, 'routes/brief');
        return answer.status === 503 && answer;
      },
      { what: 'the breaker to open' },
    );
    expect(refused.body.code).toBe('LOADER_UNAVAILABLE');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('gets nothing of what the handler says for a later one', async () => {
    await ask(a, 'routes/cookie');
    await whenStale('cookie');
    const { headers, body } = await ask(a, 'routes/cookie');
    await waitFor(() => loads >= 2, { what: 'the handler to run' });
    expect([body.load, headers.getSetCookie()]).toEqual([1, []]);
    expect((await a.get(CacheService).peek('cookie'))?.value).toEqual({ load: 1 });
  });
});

describe('a fresh answer', () => {
  it('is made anew before it expires, in the background', async () => {
    let missed = 0;
    const isEarly = async () => {
      const answer = await ask(a, 'routes/slowly');
      if (how(answer)?.includes('fwd=')) missed = answer.body.load as number;
      return (answer.body.load as number) > missed;
    };
    await waitFor(isEarly, {
      what: 'an answer that nobody has waited for',
      timeoutMs: 30_000,
      intervalMs: 5,
    });
  }, 40_000);
});

describe('cache groups', () => {
  const load = async (app: TestApp, part = '1') =>
    (await ask(app, 'routes/tagged/7', { 'x-part': part })).body.load as number;

  it('are the tags of the route and those that the handler names', async () => {
    groups = '"late", "item:7"';
    for (const app of [a, b]) {
      const { headers } = await ask(app, 'routes/tagged/7', { 'x-part': '1' });
      expect(headers.get('cache-groups')).toBe('"item:7", "items %C3%A9", "late", "item:7"');
    }
    await b.get(CacheService).invalidate({ tags: ['late'] });
    expect(await load(a)).toBe(2);
  });

  it('that are invalidated while the handler runs keep its answer from being stored', async () => {
    groups = '"late"';
    duringLoad = () => b.get(CacheService).invalidate({ tags: ['late'] });
    const first = await ask(a, 'routes/tagged/7');
    expect([how(first), first.headers.get('cache-control')]).toEqual([
      'holdfast; fwd=miss',
      'public, no-cache',
    ]);
    duringLoad = undefined;
    expect(how(await ask(b, 'routes/tagged/7'))).toBe('holdfast; fwd=miss; stored');
    expect(how(await ask(a, 'routes/tagged/7'))).toContain('hit');
  });

  it('are invalidated by a write that succeeds, and by no other', async () => {
    expect(await load(a)).toBe(1);
    for (const status of ['throw', '404', '500']) {
      await ask(b, `routes/tagged/7?status=${status}`, {}, 'POST');
      expect(await load(a)).toBe(1);
    }
    const { headers } = await ask(b, 'routes/tagged/7?status=303', {}, 'POST');
    expect(headers.get('cache-group-invalidation')).toBe('"item:7"');
    expect(await load(a)).toBe(2);
  });

  it('are invalidated by what the handler of a write says', async () => {
    groups = '"late"';
    expect(await load(a)).toBe(1);
    const { headers } = await ask(b, 'routes/tagged/8?status=200', {}, 'POST');
    expect(headers.get('cache-group-invalidation')).toBe('"item:8", "late"');
    expect(await load(a)).toBe(2);
  });

  it('are found by their digests when they or the key are long', async () => {
    const long = 'x'.repeat(300);
    const read = async (part: string) =>
      (await ask(a, `routes/tagged/${long}`, { 'x-part': part })).body.load as number;
    expect([await read('1'), await read('2'), await read('1')]).toEqual([1, 2, 1]);
    await ask(b, `routes/tagged/${long}?status=200`, {}, 'POST');
    expect([await read('1'), await read('2')]).toEqual([3, 4]);
    await b.get(CacheService).delete(`tagged:${long}`);
    expect([await read('1'), await read('2')]).toEqual([5, 6]);
  });

  it('and prefixes reach every variant, also of one that is being loaded', async () => {
    expect([await load(a, 'x'), await load(a, 'y')]).toEqual([1, 2]);
    duringLoad = () => a.get(CacheService).delete('tagged:7');
    expect(await load(a, 'z')).toBe(3);
    duringLoad = undefined;
    expect([await load(b, 'x'), await load(b, 'z')]).toEqual([4, 5]);
    await ask(b, 'routes/prefix/7', {}, 'POST');
    expect([await load(a, 'x'), await load(b, 'z')]).toEqual([6, 7]);
  });
});
