import { rmSync } from 'node:fs';
import { Test, type TestingModule } from '@nestjs/testing';
import { sql } from 'kysely';
import {
  CatalogSeeder,
  CatalogService,
  CatalogStoreModule,
  cleanFilms,
  type Film,
  type FindProductsQuery,
  ProductChangedError,
  type ProductDto,
  readFilms,
  ReviewExistsError,
} from '../../src/catalog/index.js';
import { ConfigModule, readSettings } from '../../src/config/index.js';
import { Metrics } from '../../src/observability/index.js';
import { Postgres, PostgresModule } from '../../src/postgres/index.js';
import { dataFolderWithPostgres, startPostgres, type TestPostgres } from '../support/postgres.js';

/** Case and accents do not matter to a search. */
const fold = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** The order of the list, worked out without the database. */
function inOrder(films: readonly Film[]): string[] {
  return films
    .map(({ id, title }) => ({ id, searchTitle: fold(title) }))
    .sort((a, b) => byBytes(a.searchTitle, b.searchTitle) || byBytes(a.id, b.id))
    .map(({ id }) => id);
}

/** A generator that gives the same numbers in every run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe.each(['server', 'embedded'] as const)('the catalog on the %s', (place) => {
  let server: TestPostgres | undefined;
  let folder = '';
  let postgres: Postgres;
  let catalog: CatalogService;
  let app: TestingModule;
  let seeder: CatalogSeeder;
  let films: Film[];

  beforeAll(async () => {
    if (place === 'server') server = await startPostgres();
    else folder = await dataFolderWithPostgres();
    const settings = readSettings(
      server ? { DATABASE_URL: await server.createDatabase() } : { DATA_DIR: folder },
    );
    const metrics = {
      module: class MetricsModule {},
      global: true,
      providers: [Metrics],
      exports: [Metrics],
    };
    const imports = [ConfigModule.forRoot(settings), PostgresModule, metrics, CatalogStoreModule];
    app = await Test.createTestingModule({ imports }).compile();
    await app.init();
    [postgres, catalog, seeder] = [app.get(Postgres), app.get(CatalogService), app.get(CatalogSeeder)];
    films = cleanFilms(await readFilms()).films;
    await postgres.whenMigrated();
  });

  afterAll(async () => {
    await app.close();
    await server?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  /** Follows the cursors to the end. */
  async function walk(query: Partial<FindProductsQuery>): Promise<ProductDto[]> {
    const items: ProductDto[] = [];
    let cursor: string | undefined;
    do {
      const page = await catalog.find({ limit: 100, ...query, cursor });
      expect(page.items.length).toBeLessThanOrEqual(query.limit ?? 100);
      items.push(...page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return items;
  }

  async function queriesOf(work: () => Promise<unknown>): Promise<number> {
    const before = postgres.queries;
    await work().catch(() => undefined);
    return postgres.queries - before;
  }

  describe('seeding', () => {
    it('fills an empty catalog and shows how far it is', async () => {
      const progress: number[] = [];
      const report = await seeder.seedIfEmpty({
        onProgress: (written, total) => progress.push(written / total),
      });
      expect(report).toMatchObject({ read: 3201, kept: 3200, inserted: 3200, updated: 0, untouched: 0 });
      expect(progress).toEqual(progress.toSorted((a, b) => a - b));
      expect([progress[0], progress.at(-1)]).toEqual([0, 1]);
    });

    it('changes nothing the second time', async () => {
      expect(await seeder.seedIfEmpty()).toBeUndefined();
      expect(await seeder.seed()).toMatchObject({ inserted: 0, updated: 0, untouched: 3200 });
      expect((await catalog.get('avatar-2009')).version).toBe(1);
    });

    it('stores every value as it was cleaned', async () => {
      const byId = new Map(films.map((film) => [film.id, film]));
      for (const { version, updatedAt, ...product } of await walk({})) {
        expect(product).toEqual(byId.get(product.id));
        expect([version, Date.parse(updatedAt) <= Date.now()]).toEqual([1, true]);
      }
    });

    it('brings new values to a product, but not to one that an editor has changed', async () => {
      await sql`update catalog_products set genre = 'Stale' where id = 'up-2009'`.execute(postgres.db());
      await catalog.update('pi-1998', { genre: 'Mathematics' });
      expect(await seeder.seed()).toMatchObject({ inserted: 0, updated: 1, untouched: 3199 });
      expect(await catalog.get('up-2009')).toMatchObject({ genre: 'Adventure', version: 2 });
      expect(await catalog.get('pi-1998')).toMatchObject({ genre: 'Mathematics', version: 2 });
    });

    it('can be done by several replicas at once', async () => {
      const reports = await Promise.all([seeder.seed(), seeder.seed(), seeder.seed()]);
      expect(reports.map(({ untouched }) => untouched)).toEqual([3200, 3200, 3200]);
    });
  });

  describe('the list', () => {
    it.each([100, 37])('has every product once and in order, %d a page', async (limit) => {
      expect((await walk({ limit })).map(({ id }) => id)).toEqual(inOrder(films));
    });

    it.each([
      'star',
      'STAR W',
      'the ',
      'é',
      'Amélie',
      'amelie',
      '300',
      '½',
      "'",
      '!',
      '%',
      '_',
      '\\',
      'zzzz',
      '',
      ' of t',
    ])('finds %p in the titles that contain it, and in no other', async (search) => {
      const expected = films.filter(({ title }) => fold(title).includes(fold(search)));
      expect((await walk({ search, limit: 13 })).map(({ id }) => id)).toEqual(inOrder(expected));
    });

    it('neither repeats nor skips a product when others move meanwhile', async () => {
      const first = await catalog.find({ limit: 50 });
      const moved = first.items[10];
      await catalog.update(moved.id, { title: 'Zzz, moved to the end' });
      const rest: string[] = [];
      let cursor = first.nextCursor;
      while (cursor !== null) {
        const page = await catalog.find({ limit: 100, cursor });
        rest.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor;
      }
      const expected = inOrder(films).slice(50);
      expect(rest.filter((id) => id !== moved.id)).toEqual(expected);
      await catalog.update(moved.id, { title: moved.title });
    });

    it('ends exactly at the last product', async () => {
      const all = await catalog.find({ search: 'star wars', limit: 100 });
      const exact = await catalog.find({ search: 'star wars', limit: all.items.length });
      expect([all.nextCursor, exact.nextCursor]).toEqual([null, null]);
      expect(exact.items).toEqual(all.items);
    });

    it('reads a page from the index, without sorting', async () => {
      const { rows } = await sql<Record<string, string>>`
        explain select * from catalog_products where (search_title, id) > ('m', '') order by search_title, id limit 20
      `.execute(postgres.db());
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).toContain('catalog_products_by_title');
      expect(plan).not.toContain('Sort');
    });
  });

  describe('reviews', () => {
    it('are summed up as a loop over them would', async () => {
      const random = numbers(7);
      const ids = films.slice(0, 12).map(({ id }) => id);
      const written = new Map<string, { stars: number; userId: string }[]>(ids.map((id) => [id, []]));
      for (let user = 0; user < 40; user += 1) {
        // The first product has none, the second one only.
        for (const [index, id] of ids.entries()) {
          if (index === 0 || (index === 1 && user > 0) || random() < 0.4) continue;
          const stars = 1 + Math.floor(random() * 5);
          await catalog.addReview(id, `user-${user}`, {
            stars,
            text: random() < 0.5 ? `Review ${user} é😀` : null,
          });
          written.get(id)!.push({ stars, userId: `user-${user}` });
        }
      }
      for (const [id, reviews] of written) {
        const sum = reviews.reduce((total, { stars }) => total + stars, 0);
        const { reviews: summary } = await catalog.get(id);
        expect(summary).toMatchObject({
          count: reviews.length,
          averageStars: reviews.length === 0 ? null : Math.round((sum * 100) / reviews.length) / 100,
          histogram: Object.fromEntries(
            [1, 2, 3, 4, 5].map((stars) => [
              stars,
              reviews.filter((review) => review.stars === stars).length,
            ]),
          ),
        });
        expect(summary.latest).toHaveLength(Math.min(5, reviews.length));
        const newestFirst = summary.latest.map(({ createdAt }) => Date.parse(createdAt));
        expect(newestFirst).toEqual(newestFirst.toSorted((a, b) => b - a));
        const authors = new Set(reviews.map(({ userId }) => userId));
        expect(summary.latest.every(({ userId }) => authors.has(userId))).toBe(true);
      }
    });

    it('come back with their author, product and instant', async () => {
      const before = Date.now();
      const review = await catalog.addReview('go-1999', 'user:{42}*\n', { stars: 5, text: '  “fine”\t' });
      expect(review).toMatchObject({
        productId: 'go-1999',
        userId: 'user:{42}*\n',
        stars: 5,
        text: '  “fine”\t',
      });
      expect(review.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(Math.abs(Date.parse(review.createdAt) - before)).toBeLessThan(5000);
      const { reviews } = await catalog.get('go-1999');
      expect(reviews.latest).toEqual([review]);
    });

    it('are one a user and product, whoever asks at the same time', async () => {
      const tries = await Promise.allSettled(
        Array.from({ length: 20 }, (_, n) => catalog.addReview('up-2009', 'same', { stars: 1 + (n % 5) })),
      );
      expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of tries) {
        if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(ReviewExistsError);
      }
      expect((await catalog.get('up-2009')).reviews.count).toBe(1);
    });

    it('need a product', async () => {
      const review = catalog.addReview('no-such-film', 'user', { stars: 3 });
      await expect(review).rejects.toMatchObject({ code: 'PRODUCT_NOT_FOUND', status: 404 });
    });
  });

  describe('changes', () => {
    it('change what they name, and the version', async () => {
      const before = await catalog.get('q-1982');
      const after = await catalog.update('q-1982', { title: 'Q – Ungeheuer', director: null });
      expect(after).toEqual({
        ...before,
        title: 'Q – Ungeheuer',
        director: null,
        version: before.version + 1,
        updatedAt: after.updatedAt,
      });
      expect(await catalog.get('q-1982')).toEqual(after);
      expect((await walk({ search: 'UNGEHEUER' })).map(({ id }) => id)).toEqual(['q-1982']);
      await catalog.update('q-1982', { title: before.title, director: before.director });
    });

    it('lose to no other change from the same version', async () => {
      const { version } = await catalog.get('w-2008');
      const tries = await Promise.allSettled(
        Array.from({ length: 10 }, (_, n) => catalog.update('w-2008', { genre: `Genre ${n}`, version })),
      );
      expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of tries) {
        if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(ProductChangedError);
      }
      expect((await catalog.get('w-2008')).version).toBe(version + 1);
    });

    it('need a product', async () => {
      for (const changes of [{ title: 'x' }, { title: 'x', version: 1 }, {}]) {
        await expect(catalog.update('none', changes)).rejects.toMatchObject({ code: 'PRODUCT_NOT_FOUND' });
      }
    });

    it('leave the version alone when they change nothing', async () => {
      const before = await catalog.get('x2-2003');
      expect(await catalog.update('x2-2003', {})).toEqual(before);
    });

    it('take titles of any characters, however they expand', async () => {
      for (const title of [
        'ﷺ'.repeat(300),
        '😀'.repeat(150),
        '\ud800',
        '\u0301',
        Array.from({ length: 300 }, (_, n) => String.fromCharCode(0x4e00 + n * 61)).join(''),
      ]) {
        const { id, ...changed } = await catalog.update('x2-2003', { title });
        expect([id, changed.title.length]).toEqual(['x2-2003', title.length]);
      }
      await catalog.update('x2-2003', { title: 'X2' });
    });
  });

  it.each([
    '',
    ' ',
    '\0',
    'a\0b',
    '%',
    "'; drop table catalog_products; --",
    '😀'.repeat(64),
    '\ud800',
    '../x',
    '\n',
  ])('says in each of its ways that there is no product %j', async (id) => {
    const notFound = { code: 'PRODUCT_NOT_FOUND', status: 404 };
    await expect(catalog.get(id)).rejects.toMatchObject(notFound);
    await expect(catalog.update(id, { title: 'x' })).rejects.toMatchObject(notFound);
    await expect(catalog.addReview(id, 'user', { stars: 1 })).rejects.toMatchObject(notFound);
  });

  it('refuses an author whose id cannot be stored', async () => {
    const review = catalog.addReview('go-1999', 'a\0b', { stars: 1 });
    await expect(review).rejects.toMatchObject({ code: 'VALIDATION_FAILED', status: 400 });
  });

  it('makes one query of each call', async () => {
    expect(await queriesOf(() => catalog.get('avatar-2009'))).toBe(1);
    expect(await queriesOf(() => catalog.find({ search: 'a', limit: 5 }))).toBe(1);
    expect(await queriesOf(() => catalog.update('avatar-2009', { genre: 'Action' }))).toBe(1);
    expect(await queriesOf(() => catalog.addReview('avatar-2009', 'counted', { stars: 4 }))).toBe(1);
    expect(await queriesOf(() => catalog.addReview('avatar-2009', 'counted', { stars: 4 }))).toBe(1);
    expect(await queriesOf(() => catalog.get('a\0b'))).toBe(0);
  });
});
