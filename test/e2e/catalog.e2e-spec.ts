import { rmSync } from 'node:fs';
import { Module, type Type } from '@nestjs/common';
import { assert, asyncProperty, constantFrom, oneof, record, string } from 'fast-check';
import { CatalogModule, CatalogSeeder } from '../../src/catalog/index.js';
import { Postgres, PostgresModule } from '../../src/postgres/index.js';
import { appWith, appWithout, TestApp } from '../support/app.js';
import { dataFolderWithPostgres, startPostgres, type TestPostgres } from '../support/postgres.js';
import { TestRedis } from '../support/redis-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const PRODUCTS = '/v1/catalog/products';

/** What percent-encoding can carry: lone surrogates become U+FFFD. */
const wellFormed = (text: string) => Buffer.from(text).toString();

function withCatalog(base: Type): Type {
  @Module({ imports: [base, PostgresModule, CatalogModule] })
  class WithCatalog {}
  return WithCatalog;
}

describe('the catalog over HTTP, on two replicas', () => {
  let redis: TestRedis;
  let server: TestPostgres;
  let proxy: TcpProxy;
  let environment: Record<string, string>;
  let a: TestApp;
  let b: TestApp;
  let editor: Record<string, string>;

  beforeAll(async () => {
    [redis, server] = await Promise.all([TestRedis.start(), startPostgres()]);
    proxy = await TcpProxy.start({ target: { host: '127.0.0.1', port: server.port } });
    const databaseUrl = (await server.createDatabase()).replace(String(server.port), String(proxy.port));
    environment = {
      REDIS_URL: redis.url,
      DATABASE_URL: databaseUrl,
      RATE_LIMIT: '1000000',
      DATABASE_TIMEOUT_MS: '1000',
    };
    const root = appWith(PostgresModule, CatalogModule);
    [a, b] = await Promise.all([TestApp.start(environment, root), TestApp.start(environment, root)]);
    await Promise.all([a, b].map((app) => app.get(Postgres).whenMigrated()));
    await a.get(CatalogSeeder).seedIfEmpty();
    editor = await login('editor-1', ['editor']);
  });

  afterEach(() => proxy.heal());

  afterAll(async () => {
    await Promise.all([a?.stop(), b?.stop()]);
    await proxy?.close();
    await server?.stop();
  });

  async function login(userId: string, roles: string[] = []): Promise<Record<string, string>> {
    const answer = await a.request('POST', '/v1/sessions', { body: { userId, roles } });
    return { 'session-token': answer.body.token as string };
  }

  const path = (id: string) => `${PRODUCTS}/${encodeURIComponent(id)}`;
  const read = (app: TestApp, id: string) => app.request('GET', path(id));
  const change = (app: TestApp, id: string, body: unknown, headers = editor) =>
    app.request('PATCH', path(id), { body, headers: { 'content-type': 'application/json', ...headers } });
  const review = (app: TestApp, id: string, body: unknown, headers: Record<string, string>) =>
    app.request('POST', `${path(id)}/reviews`, { body, headers });

  function queries(): number {
    return a.get(Postgres).queries + b.get(Postgres).queries;
  }

  describe('reading', () => {
    it('gives a product with its reviews', async () => {
      const answer = await read(a, 'avatar-2009');
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        id: 'avatar-2009',
        title: 'Avatar',
        releasedOn: '2009-12-18',
        genre: 'Action',
        director: 'James Cameron',
        distributor: '20th Century Fox',
        mpaaRating: 'PG-13',
        budgetUsd: 237_000_000,
        usGrossUsd: 760_167_650,
        worldwideGrossUsd: 2_767_891_499,
        imdbRating: 8.3,
        imdbVotes: 261_439,
        version: 1,
        updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
        reviews: { count: 0, averageStars: null, histogram: { 1: 0, 2: 0, 3: 0, 4: 0, 5: 0 }, latest: [] },
      });
    });

    it('asks the database once, however many read afterwards on however many replicas', async () => {
      const before = queries();
      await read(a, 'the-wizard-of-oz-1939');
      const answers = await Promise.all(
        Array.from({ length: 60 }, (_, n) => read(n % 2 === 0 ? a : b, 'the-wizard-of-oz-1939')),
      );
      expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
      expect(queries() - before).toBe(1);
    });

    it('is served from the cache while the database is away; the rest says 503', async () => {
      await read(a, 'alien-1979');
      proxy.drop();
      expect((await read(b, 'alien-1979')).status).toBe(200);
      for (const refused of [await read(a, 'aliens-1986'), await a.request('GET', PRODUCTS)]) {
        expect(refused.status).toBe(503);
        expect(refused.body.code).toBe('DATABASE_UNAVAILABLE');
        expect(refused.headers.get('retry-after')).toBe('1');
      }
      await proxy.restore();
      expect((await read(a, 'aliens-1986')).status).toBe(200);
    });
  });

  describe('the list', () => {
    const list = (query: string) => a.request('GET', `${PRODUCTS}?${query}`);

    it('comes a page at a time', async () => {
      const first = await list('search=Star%20Trek&limit=6');
      const second = await list(`search=Star%20Trek&limit=6&cursor=${first.body.nextCursor}`);
      const whole = await list('search=star+trek&limit=100');
      expect([first.body.items.length, whole.body.nextCursor]).toEqual([6, null]);
      expect(whole.body.items.slice(0, 12)).toEqual([...first.body.items, ...second.body.items]);
      expect(whole.body.items[0]).not.toHaveProperty('reviews');
      expect((await list('')).body.items).toHaveLength(20);
    });

    it.each([
      ['limit=0', 'limit'],
      ['limit=101', 'limit'],
      ['limit=1.5', 'limit'],
      ['limit=abc', 'limit'],
      ['limit=', 'limit'],
      ['limit=1&limit=2', 'limit'],
      ['cursor=nonsense', 'cursor'],
      ['cursor=', 'cursor'],
      ['cursor=WyJhIl0', 'cursor'],
      ['search=a%00b', 'search'],
      ['search=a&search=b', 'search'],
      [`search=${'x'.repeat(201)}`, 'search'],
      ['page=2', 'page'],
    ])('refuses ?%s', async (query, parameter) => {
      const answer = await list(query);
      expect([answer.status, answer.body.code]).toEqual([400, 'VALIDATION_FAILED']);
      expect(answer.body.errors).toEqual([expect.objectContaining({ path: parameter })]);
    });
  });

  describe('changing', () => {
    it('is for editors', async () => {
      expect((await change(a, 'up-2009', { genre: 'x' }, {})).body.code).toBe('SESSION_INVALID');
      const reader = await login('reader');
      expect((await change(a, 'up-2009', { genre: 'x' }, reader)).body.code).toBe('SESSION_FORBIDDEN');
    });

    it('is seen at once on every replica', async () => {
      for (const app of [a, b]) await read(app, 'pi-1998');
      const answer = await change(a, 'pi-1998', { title: 'π', genre: null });
      expect([answer.status, answer.body.title, answer.body.genre, answer.body.version]).toEqual([
        200,
        'π',
        null,
        2,
      ]);
      for (const app of [a, b]) expect((await read(app, 'pi-1998')).body).toEqual(answer.body);
    });

    it('loses to a change in between', async () => {
      const { version } = (await read(a, 'alien-1979')).body;
      expect((await change(a, 'alien-1979', { genre: 'Horror', version })).status).toBe(200);
      const late = await change(b, 'alien-1979', { genre: 'Comedy', version });
      expect([late.status, late.body.code]).toEqual([409, 'PRODUCT_CHANGED']);
    });

    it.each([
      { title: null },
      { title: '' },
      { title: 'a\0b' },
      { title: 7 },
      { title: 'x'.repeat(301) },
      { genre: '\0' },
      { version: 0, title: 'x' },
      { version: '1', title: 'x' },
      { version: 2 ** 31, title: 'x' },
      { budgetUsd: 1 },
      { id: 'other', title: 'x' },
      [{ title: 'x' }],
      '{"title"',
    ])('refuses %j', async (body) => {
      const answer = await change(a, 'up-2009', body);
      expect([answer.status, typeof answer.body.code]).toEqual([400, 'string']);
      expect((await read(a, 'up-2009')).body.version).toBe(1);
    });

    it('changes nothing when nothing is named', async () => {
      const answer = await change(a, 'up-2009', {});
      expect([answer.status, answer.body.version]).toEqual([200, 1]);
    });

    it('needs a product', async () => {
      const answer = await change(a, 'no-such-film', { genre: 'x' });
      expect([answer.status, answer.body.code]).toEqual([404, 'PRODUCT_NOT_FOUND']);
    });
  });

  describe('reviewing', () => {
    it('counts at once on every replica, with the user of the session as author', async () => {
      for (const app of [a, b]) await read(app, 'go-1999');
      const [ada, bob] = [await login('ada'), await login('bob')];
      const first = await review(a, 'go-1999', { stars: 5, text: 'Fine' }, ada);
      expect(first.status).toBe(201);
      expect(first.body).toMatchObject({ productId: 'go-1999', userId: 'ada', stars: 5, text: 'Fine' });
      const second = await review(b, 'go-1999', { stars: 2 }, bob);
      for (const app of [a, b]) {
        expect((await read(app, 'go-1999')).body.reviews).toEqual({
          count: 2,
          averageStars: 3.5,
          histogram: { 1: 0, 2: 1, 3: 0, 4: 0, 5: 1 },
          latest: [second.body, first.body],
        });
      }
    });

    it('is done once by a user', async () => {
      const user = await login('once');
      expect((await review(a, 'q-1982', { stars: 3 }, user)).status).toBe(201);
      const again = await review(b, 'q-1982', { stars: 4 }, user);
      expect([again.status, again.body.code]).toEqual([409, 'REVIEW_EXISTS']);
      expect((await read(a, 'q-1982')).body.reviews).toMatchObject({ count: 1, averageStars: 3 });
    });

    it('gives the same answer to a retry with the same idempotency key', async () => {
      const user = { ...(await login('retry')), 'idempotency-key': 'review-of-retry' };
      const first = await review(a, 'x2-2003', { stars: 4 }, user);
      const retry = await review(b, 'x2-2003', { stars: 4 }, user);
      expect([first.status, retry.status]).toEqual([201, 201]);
      expect(retry.body).toEqual(first.body);
      expect((await read(b, 'x2-2003')).body.reviews.count).toBe(1);
    });

    it('needs a session, a product and stars', async () => {
      expect((await review(a, 'w-2008', { stars: 3 }, {})).body.code).toBe('SESSION_INVALID');
      const user = await login('needs');
      expect((await review(a, 'no-such-film', { stars: 3 }, user)).body.code).toBe('PRODUCT_NOT_FOUND');
      const wrong = [{}, { stars: 0 }, { stars: 6 }, { stars: 2.5 }, { stars: '5' }, { stars: 5, text: '' }];
      for (const body of [...wrong, { stars: 5, text: '\0' }, { stars: 5, userId: 'eve' }, { stars: null }]) {
        expect((await review(a, 'w-2008', body, user)).body.code).toBe('VALIDATION_FAILED');
      }
      expect((await read(a, 'w-2008')).body.reviews.count).toBe(0);
    });

    it('is refused to a user whose id Postgres cannot store', async () => {
      const answer = await review(a, 'w-2008', { stars: 3 }, await login('a\0b'));
      expect([answer.status, answer.body.code]).toEqual([400, 'VALIDATION_FAILED']);
    });
  });

  describe('whatever is asked', () => {
    it.each([
      ['%00', 404],
      ['a%00b', 404],
      ['..%2F..%2Fetc', 404],
      ['%25', 404],
      ['%F0%9F%98%80'.repeat(64), 404],
      ['%F0%9F%98%80'.repeat(64) + 'x', 400],
      ['x'.repeat(256), 404],
      ['x'.repeat(257), 400],
      ['%E0%A4%A', 400],
      ['%FF', 400],
      ["'%20or%201=1--", 404],
    ])('answers the id %s with %d', async (id, status) => {
      const user = await login('odd-ids');
      const answers = await Promise.all([
        a.request('GET', `${PRODUCTS}/${id}`),
        a.request('PATCH', `${PRODUCTS}/${id}`, { body: { genre: 'x' }, headers: editor }),
        a.request('POST', `${PRODUCTS}/${id}/reviews`, { body: { stars: 1 }, headers: user }),
      ]);
      expect(answers.map((answer) => answer.status)).toEqual([status, status, status]);
    });

    it('is never answered with a fault of the server', async () => {
      const user = await login('fuzz');
      const text = oneof(
        string({ unit: 'binary', maxLength: 300 }),
        string({ unit: 'grapheme', maxLength: 100 }),
      );
      const id = oneof(text, constantFrom('wall-street-1987', 'a\0b'));
      await assert(
        asyncProperty(
          record({ id, search: text, cursor: text, title: text }),
          async ({ id: odd, ...values }) => {
            const query = new URLSearchParams({ search: values.search.slice(0, 50) }).toString();
            const answers = await Promise.all([
              read(a, wellFormed(odd)),
              a.request('GET', `${PRODUCTS}?${query}`),
              a.request('GET', `${PRODUCTS}?${new URLSearchParams({ cursor: values.cursor }).toString()}`),
              change(a, wellFormed(odd), { title: values.title }),
              review(a, wellFormed(odd), { stars: 3, text: values.title }, user),
            ]);
            expect(answers.map(({ status }) => status).filter((status) => status >= 500)).toEqual([]);
          },
        ),
        { numRuns: 150 },
      );
    });
  });

  it('is described', async () => {
    const { body } = await a.request('GET', '/openapi.json');
    expect(Object.keys(body.paths).filter((each) => each.startsWith(PRODUCTS))).toEqual([
      PRODUCTS,
      `${PRODUCTS}/{id}`,
      `${PRODUCTS}/{id}/reviews`,
    ]);
    const { properties } = body.components.schemas.ProductDetailsDto;
    expect(Object.keys(properties).sort()).toEqual(Object.keys((await read(a, 'avatar-2009')).body).sort());
    const post = body.paths[`${PRODUCTS}/{id}/reviews`].post;
    expect(Object.keys(post.responses)).toEqual(expect.arrayContaining(['201', '401', '404', '409']));
  });

  it('runs on the embedded database just as well, ready when the server listens', async () => {
    const dataDir = await dataFolderWithPostgres();
    const app = await TestApp.start(
      { REDIS_URL: redis.url, KEY_PREFIX: 'embedded', DATA_DIR: dataDir },
      appWith(PostgresModule, CatalogModule),
    );
    expect((await app.request('GET', PRODUCTS)).body).toEqual({ items: [], nextCursor: null });
    await app.get(CatalogSeeder).seedIfEmpty();
    expect((await read(app, 'avatar-2009')).body.title).toBe('Avatar');
    await app.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  describe('without other features', () => {
    it('has no cache', async () => {
      const app = await TestApp.start(environment, withCatalog(appWithout('CacheModule', 'CatalogModule')));
      await app.get(Postgres).whenMigrated();
      expect((await read(app, 'avatar-2009')).status).toBe(200);
      const before = app.get(Postgres).queries;
      for (let n = 0; n < 3; n += 1) await read(app, 'avatar-2009');
      expect(app.get(Postgres).queries - before).toBe(3);
      await app.stop();
    });

    it('refuses what would need a session', async () => {
      const app = await TestApp.start(
        environment,
        withCatalog(appWithout('SessionsModule', 'CatalogModule')),
      );
      await app.get(Postgres).whenMigrated();
      expect((await read(app, 'avatar-2009')).status).toBe(200);
      expect((await review(app, 'avatar-2009', { stars: 1 }, {})).status).toBe(503);
      expect((await change(app, 'avatar-2009', { genre: 'x' }, {})).status).toBe(503);
      await app.stop();
    });
  });
});
