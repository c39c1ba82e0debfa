import { Readable } from 'node:stream';
import { Controller, Get, Header, Module, Param, Put, Query, Res, StreamableFile } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { delay, of } from 'rxjs';
import { Cached, CacheService, InvalidatesCache } from '../../src/cache/index.js';
import { appWithout, TestApp } from '../support/app.js';
import type { TestAnswer } from '../support/http.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

const ttlMs = 60_000;

/** What handlers answer beside their body, by the test that asks. */
let say: { status?: number; headers?: Record<string, string | string[]> } = {};
let loads = 0;
let release: (() => void) | undefined;

@Controller('v1/http')
class AnswersController {
  @Get('object/:id')
  @Cached({ key: 'object:{id}', ttlMs, graceMs: 120_000 })
  object(@Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply): object {
    this.speak(reply);
    return { id, load: (loads += 1) };
  }

  @Get('text')
  @Cached({ key: 'text', ttlMs, scope: 'public' })
  text(@Res({ passthrough: true }) reply: FastifyReply): string {
    this.speak(reply);
    return `${(loads += 1)}: "text" with ü`;
  }

  @Get('page')
  @Header('Content-Type', 'text/html')
  @Cached({ key: 'page', ttlMs, scope: 'public', clientTtlMs: 5000 })
  page(): string {
    return `<p>${(loads += 1)}</p>`;
  }

  @Get('bytes')
  @Cached({ key: 'bytes', ttlMs, scope: 'public', clientTtlMs: 0 })
  bytes(): Buffer {
    loads += 1;
    return Buffer.from([0, 255, 10, 13, loads]);
  }

  @Get('later')
  @Cached({ key: 'later', ttlMs })
  later(): unknown {
    return of({ load: (loads += 1) }).pipe(delay(1));
  }

  @Get('file')
  @Cached({ key: 'file', ttlMs })
  file(@Query('kind') kind: string): unknown {
    loads += 1;
    if (kind === 'none') return undefined;
    return kind === 'stream' ? Readable.from(['a ', 'stream']) : new StreamableFile(Buffer.from('a file'));
  }

  @Get('slow/:id')
  @Cached({ key: 'slow:{id}', ttlMs, scope: 'public' })
  async slow(@Query('me') me: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    loads += 1;
    if (loads === 1) await new Promise<void>((done) => (release = done));
    reply.header('set-cookie', `me=${me}`);
    return { me };
  }

  @Get('vary')
  @Cached({ key: 'vary', ttlMs, vary: ['Accept-Language'], tags: ['all'] })
  vary(@Res({ passthrough: true }) reply: FastifyReply): object {
    this.speak(reply);
    return { load: (loads += 1) };
  }

  @Put('vary')
  @InvalidatesCache({ keys: ['vary'] })
  forget(): object {
    return {};
  }

  private speak(reply: FastifyReply): void {
    if (say.status) reply.code(say.status);
    for (const [name, value] of Object.entries(say.headers ?? {})) reply.header(name, value);
  }
}

@Module({ imports: [appWithout('PostgresModule', 'CatalogModule')], controllers: [AnswersController] })
class AnswersApp {}

let redis: TestRedis;
let a: TestApp;
let b: TestApp;

beforeAll(async () => {
  redis = await TestRedis.start();
  // What one replica changes the other's local tier hears a moment later; here every read asks Redis.
  const settings = { REDIS_URL: redis.url, CACHE_LOCAL_ENTRIES: '0' };
  [a, b] = await Promise.all([1, 2].map(() => TestApp.start(settings, AnswersApp)));
});

beforeEach(async () => {
  await redis.client.flushall();
  say = {};
  loads = 0;
  release = undefined;
});

const get = (app: TestApp, path: string, headers: Record<string, string> = {}, method = 'GET') =>
  app.request(method, `/v1/http/${path}`, { headers });
const how = ({ headers }: TestAnswer) => headers.get('cache-status');

const scriptCalls = async () =>
  Number(/^cmdstat_evalsha:calls=(\d+)/m.exec(await redis.client.info('commandstats'))?.[1] ?? 0);

/** The same from the handler and from the cache, on both replicas. */
async function twice(path: string): Promise<TestAnswer> {
  const first = await get(a, path);
  expect(how(first)).toBe('holdfast; fwd=miss; stored');
  const second = await get(b, path);
  expect(how(second)).toContain('holdfast; hit; ttl=');
  expect([second.status, second.text]).toEqual([first.status, first.text]);
  for (const name of ['content-type', 'etag', 'vary', 'x-own', 'content-length']) {
    expect([name, second.headers.get(name)]).toEqual([name, first.headers.get(name)]);
  }
  expect(loads).toBe(1);
  return second;
}

describe('what is stored of an answer', () => {
  it('is its status, its own headers and its body', async () => {
    say = { status: 203, headers: { 'X-Own': 'own', 'X-List': ['1', '2'] } };
    const { status, headers } = await twice('object/1');
    expect([status, headers.get('x-own'), headers.get('x-list')]).toEqual([203, 'own', '1, 2']);
  });

  it('is not what is said anew for each answer', async () => {
    say = {
      headers: { Date: 'Thu, 01 Jan 1970 00:00:00 GMT', Age: '7', 'X-Hop': 'hop', Connection: 'x-hop' },
    };
    await get(a, 'object/1');
    const { headers } = await get(b, 'object/1');
    expect([headers.get('age'), headers.get('x-hop')]).toEqual([null, null]);
    expect(headers.get('date')).not.toContain('1970');
    const ids = [await get(b, 'object/1'), headers].map((each) =>
      (each instanceof Headers ? each : each.headers).get('x-request-id'),
    );
    expect(new Set(ids).size).toBe(2);
  });

  it.each([
    ['text', 'text/plain; charset=utf-8', '1: "text" with ü'],
    ['page', 'text/html', '<p>1</p>'],
    ['later', 'application/json; charset=utf-8', '{"load":1}'],
    ['bytes', 'application/octet-stream', Buffer.from([0, 255, 10, 13, 1]).toString()],
  ])('is a %s as %s', async (path, type, text) => {
    const answer = await twice(path);
    expect(answer.headers.get('content-type')).toBe(type);
    expect(answer.text).toBe(text);
  });

  it.each([301, 308, 404, 410, 300])('is an answer of status %i', async (status) => {
    say = { status, headers: status === 301 ? { location: '/v1/http/text' } : {} };
    const first = await fetch(`${a.url}/v1/http/object/1`, { redirect: 'manual' });
    const second = await fetch(`${b.url}/v1/http/object/1`, { redirect: 'manual' });
    expect([first.status, second.status]).toEqual([status, status]);
    expect(second.headers.get('location')).toBe(first.headers.get('location'));
    expect(await second.text()).toBe(await first.text());
    expect(loads).toBe(1);
  });

  it('is the same for code and for routes where it is a plain value', async () => {
    const cache = a.get(CacheService);
    await get(b, 'object/1');
    expect(await cache.get('object:1')).toEqual({ id: '1', load: 1 });
    await cache.writeThrough('object:1', () => Promise.resolve({ written: true }), { ttlMs });
    expect((await get(b, 'object/1')).body).toEqual({ written: true });
    await cache.set('text', 'set', { ttlMs });
    expect((await get(b, 'text')).text).toBe('set');
    await cache.set('bytes', Buffer.from('set'), { ttlMs });
    expect((await get(b, 'bytes')).text).toBe('set');
    await cache.delete('text');
    say = { status: 404 };
    await get(b, 'text');
    expect(await cache.get('text')).toBe('1: "text" with ü'.replace('1', String(loads)));
  });

  it.each([
    ['stream', 'a stream'],
    ['file', 'a file'],
    ['none', ''],
  ])('is no %s, which goes through as it is', async (kind, text) => {
    for (const app of [a, b]) {
      const answer = await get(app, `file?kind=${kind}`);
      expect([answer.status, answer.text, how(answer)]).toEqual([200, text, 'holdfast; fwd=miss']);
    }
    expect(loads).toBe(2);
    expect(await redis.client.exists('holdfast:default:cache:{file}:entry')).toBe(0);
  });
});

describe('an answer that is for one request', () => {
  it.each<[string, typeof say]>([
    ['a cookie', { headers: { 'Set-Cookie': 'a=1' } }],
    ['two cookies', { headers: { 'Set-Cookie': ['a=1', 'b=2'] } }],
    ['a CSRF token', { headers: { 'CSRF-Token': 'x' } }],
    ['no-store', { headers: { 'Cache-Control': 'max-age=9, No-Store' } }],
    ['private', { headers: { 'Cache-Control': 'private="x", max-age=9' } }],
    ['no-cache', { headers: { 'Cache-Control': 'no-cache' } }],
    ['Vary: *', { headers: { Vary: '*' } }],
    ['Vary of what the route does not know', { headers: { Vary: 'Accept-Language, X-Other' } }],
    ['groups that cannot be read', { headers: { 'Cache-Groups': 'a b' } }],
    ...[201, 206, 302, 303, 400, 401, 403, 429, 500, 503].map((status): [string, typeof say] => [
      `status ${status}`,
      { status },
    ]),
  ])('is not stored: %s', async (_what, said) => {
    say = said;
    for (const [app, load] of [[a, 1] as const, [b, 2] as const]) {
      const answer = await get(app, 'object/1');
      expect(answer.status).toBe(said.status ?? 200);
      expect(answer.body).toEqual({ id: '1', load });
      expect(how(answer)).toBe('holdfast; fwd=miss');
      const [own] = Object.entries(said.headers ?? {}).filter(([name]) => name === 'Cache-Control');
      expect(answer.headers.get('cache-control')).toBe(own ? own[1] : 'private, no-cache');
    }
    expect(await redis.client.keys('*:entry')).toEqual([]);
  });

  it('is not given to those who wait for it: they run the handler themselves', async () => {
    const first = get(a, 'slow/1?me=first');
    await waitFor(() => release, { what: 'the first load to begin' });
    const begun = await scriptCalls();
    const others = [a, a, b, b].map((app, i) => get(app, `slow/1?me=${i}`));
    await waitFor(async () => (await scriptCalls()) >= begun + 4, { what: 'both replicas to wait' });
    release?.();
    const answers = await Promise.all([first, ...others]);
    const names = ['first', '0', '1', '2', '3'];
    expect(answers.map(({ body }) => body.me)).toEqual(names);
    expect(answers.map(({ headers }) => headers.getSetCookie())).toEqual(names.map((name) => [`me=${name}`]));
    expect(loads).toBe(5);
  });
});

describe('Cache-Control and Vary', () => {
  it('say how long an answer is fresh, and how long it stands in', async () => {
    for (const app of [a, b]) {
      const said = (await get(app, 'object/1')).headers;
      expect(said.get('cache-control')).toMatch(
        /^public, max-age=(5[5-9]|60), stale-while-revalidate=120, stale-if-error=120$/,
      );
      expect(said.get('vary')).toBe('authorization, cookie, session-token');
      expect((await get(app, 'page')).headers.get('cache-control')).toBe('public, max-age=5');
      expect((await get(app, 'bytes')).headers.get('cache-control')).toBe('public, no-cache');
      expect((await get(app, 'bytes')).headers.get('vary')).toBeNull();
    }
  });

  it('are the handler’s where it has said them', async () => {
    say = { headers: { 'Cache-Control': 'max-age=3', Vary: 'Accept-Language' } };
    for (const app of [a, b]) {
      const said = (await get(app, 'vary')).headers;
      expect(said.get('cache-control')).toBe('max-age=3');
      expect(said.get('vary')?.toLowerCase()).toBe('accept-language, authorization, cookie, session-token');
    }
    expect(loads).toBe(1);
  });

  it('keep answers to requests with credentials from everyone else', async () => {
    await get(a, 'object/1');
    const { headers, body } = await get(b, 'object/1', { authorization: 'x' });
    expect(body.load).toBe(2);
    expect(headers.get('cache-control')).toBe('private, no-cache');
    expect(headers.get('vary')).toBe('authorization, cookie, session-token');
    expect((await get(b, 'bytes', { cookie: 'x' })).headers.get('cache-control')).toBe('public, no-cache');
  });
});

describe('an answer that depends on headers', () => {
  const load = async (app: TestApp, language?: string) =>
    (await get(app, 'vary', language === undefined ? {} : { 'accept-language': language })).body
      .load as number;

  it('has an entry for each of their values', async () => {
    expect(await load(a, 'de')).toBe(1);
    expect(await load(a, 'en')).toBe(2);
    expect([await load(b, 'DE'), await load(b, ' en'), await load(b, 'fr')]).toEqual([1, 2, 3]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['its key, by a route', () => b.request('PUT', '/v1/http/vary')],
    ['its key, by code', () => b.get(CacheService).delete('vary')],
    ['its tag', () => b.get(CacheService).invalidate({ tags: ['all'] })],
    ['a prefix', () => b.get(CacheService).invalidate({ prefix: 'va' })],
  ])('is invalidated in all its variants with %s', async (_what, invalidate) => {
    expect([await load(a, 'de'), await load(a, 'en')]).toEqual([1, 2]);
    await invalidate();
    expect([await load(b, 'de'), await load(a, 'en')]).toEqual([3, 4]);
  });
});
