import {
  CatalogModule,
  CatalogSeeder,
  CatalogService,
  cleanFilms,
  type Film,
  MostReviewed,
  type MostReviewedPageDto,
  readFilms,
} from '../../src/catalog/index.js';
import { CountersService, LeaderboardService } from '../../src/leaderboard/index.js';
import { Metrics } from '../../src/observability/index.js';
import { Postgres, PostgresModule } from '../../src/postgres/index.js';
import { appWith, appWithout, TestApp } from '../support/app.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { TestRedis } from '../support/redis-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';

const BOARD = 'films:most-reviewed';
const ROUTE = '/v1/catalog/most-reviewed';

describe('the most reviewed films, on two replicas', () => {
  let server: TestPostgres;
  let proxy: TcpProxy;
  let environment: Record<string, string>;
  let a: TestApp;
  let b: TestApp;
  let films: Film[];

  beforeAll(async () => {
    const [redis, postgres] = await Promise.all([TestRedis.start(), startPostgres()]);
    server = postgres;
    proxy = await TcpProxy.start({ target: { host: '127.0.0.1', port: redis.port } });
    environment = {
      REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
      DATABASE_URL: await server.createDatabase(),
      RATE_LIMIT: '1000000',
    };
    const root = appWith(PostgresModule, CatalogModule);
    [a, b] = [await TestApp.start(environment, root), await TestApp.start(environment, root)];
    await Promise.all([a, b].map((app) => app.get(Postgres).whenMigrated()));
    await a.get(CatalogSeeder).seedIfEmpty();
    ({ films } = cleanFilms(await readFilms()));
  });

  afterEach(() => proxy.heal());

  afterAll(async () => {
    await Promise.all([a?.stop(), b?.stop()]);
    await proxy?.close();
    await server?.stop();
  });

  async function list(query = '', app = a): Promise<MostReviewedPageDto> {
    const answer = await app.request('GET', `${ROUTE}?${query}`);
    expect(answer.status).toBe(200);
    return answer.body as MostReviewedPageDto;
  }

  async function missedReviews(): Promise<number> {
    const text = await a.get(Metrics).text();
    return Number(/^holdfast_catalog_reviews_unranked_total (\d+)$/m.exec(text)?.[1]);
  }

  async function login(userId: string): Promise<Record<string, string>> {
    const answer = await a.request('POST', '/v1/sessions', { body: { userId } });
    return { 'session-token': answer.body.token as string };
  }

  const review = (app: TestApp, id: string, headers: Record<string, string>) =>
    app.request('POST', `/v1/catalog/products/${id}/reviews`, { body: { stars: 4 }, headers });
  const votesOf = async (id: string) => (await b.get(LeaderboardService).member(BOARD, id)).score;
  const imdbVotesOf = (id: string) => BigInt(films.find((film) => film.id === id)?.imdbVotes ?? 0);

  it('are counted when somebody looks at them, also where the cache answers', async () => {
    for (const app of [a, b, a]) await app.request('GET', '/v1/catalog/products/avatar-2009');
    await a.request('GET', '/v1/catalog/products/nothing-1900');
    const views = (id: string) => b.get(CountersService).value(`product:${id}`);
    await waitFor(async () => (await views('avatar-2009')) === 3n, { what: 'three views' });
    expect(await views('nothing-1900')).toBe(0n);
  });

  it('are none before they are loaded', async () => {
    expect(await list()).toEqual({ items: [], total: 0, nextCursor: null });
  });

  it('make a board when one is reviewed', async () => {
    expect((await review(a, 'avatar-2009', await login('first'))).status).toBe(201);
    const { items, total } = await list();
    expect([total, items[0].votes]).toEqual([1, Number(imdbVotesOf('avatar-2009')) + 1]);
  });

  it('are loaded from the votes of IMDb', async () => {
    const progress: [number, number][] = [];
    const ranked = await a.get(MostReviewed).load({ onProgress: (...at) => progress.push(at) });
    const voted = films.filter(({ imdbVotes }) => imdbVotes !== null);
    expect(ranked).toBe(voted.length);
    expect(progress).toEqual([0, 1000, 2000, ranked].map((done) => [done, ranked]));
    const { items, total } = await list('limit=3', b);
    expect(total).toBe(ranked);
    expect(items.map(({ rank, votes, product }) => [rank, votes, product.title])).toEqual([
      [1, 519_541, 'The Shawshank Redemption'],
      [2, 465_000, 'The Dark Knight'],
      [3, 417_703, 'Pulp Fiction'],
    ]);
  });

  it('come a page at a time, those of equal votes by id', async () => {
    const found: MostReviewedPageDto['items'][number][] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: MostReviewedPageDto = await list(`limit=100${cursor && `&cursor=${cursor}`}`);
      found.push(...page.items);
      cursor = page.nextCursor;
    }
    const votes = (film: Film) => (film.imdbVotes ?? 0) + (film.id === 'avatar-2009' ? 1 : 0);
    const expected = films
      .filter((film) => votes(film) > 0)
      .sort((one, other) => votes(other) - votes(one) || (one.id < other.id ? -1 : 1));
    expect(found.map(({ rank, votes: count, product }) => [rank, count, product.id])).toEqual(
      expected.map((film, index) => [index + 1, votes(film), film.id]),
    );
  });

  it('can be loaded again at any time', async () => {
    const before = await list('limit=100');
    await Promise.all([a, b].map((app) => app.get(MostReviewed).load()));
    expect(await list('limit=100')).toEqual(before);
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'cursor=', 'cursor=nonsense', 'search=x'])(
    'refuse %s',
    async (query) => {
      const answer = await a.request('GET', `${ROUTE}?${query}`);
      expect([answer.status, answer.body.code]).toEqual([400, 'VALIDATION_FAILED']);
    },
  );

  it('count a review once, however often it is sent', async () => {
    const before = await votesOf('x2-2003');
    const user = { ...(await login('retry')), 'idempotency-key': 'review-of-retry' };
    for (const app of [a, b, a]) expect((await review(app, 'x2-2003', user)).status).toBe(201);
    expect(await votesOf('x2-2003')).toBe(before + 1n);
    const again = await review(b, 'x2-2003', { ...user, 'idempotency-key': 'another' });
    expect(again.body.code).toBe('REVIEW_EXISTS');
    expect(await votesOf('x2-2003')).toBe(before + 1n);
  });

  it('count every review of those that come at once', async () => {
    const before = await votesOf('alien-1979');
    const users = await Promise.all(Array.from({ length: 40 }, (_, n) => login(`crowd-${n}`)));
    const answers = await Promise.all(
      users.map((user, n) => review(n % 2 === 0 ? a : b, 'alien-1979', user)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(await votesOf('alien-1979')).toBe(before + 40n);
  });

  it('count a review once when Redis does it and its reply is lost', async () => {
    const before = await votesOf('aliens-1986');
    const user = { ...(await login('lost')), 'idempotency-key': 'review-of-lost' };
    const lost = proxy.loseNextReply({ containing: 'most-reviewed' });
    const first = await review(a, 'aliens-1986', user);
    expect((await lost)?.request.toString('latin1')).toContain('aliens-1986');
    expect([201, 503]).toContain(first.status);
    await review(a, 'aliens-1986', user);
    expect(await votesOf('aliens-1986')).toBe(before + 1n);
  });

  it('catch up by the next review, or a repeated one, with one that the board has missed', async () => {
    const before = await votesOf('up-2009');
    const catalog = a.get(CatalogService);
    const missed = await missedReviews();
    proxy.drop();
    // By the service: a session needs Redis.
    expect((await catalog.addReview('up-2009', 'missed', { stars: 5 })).userId).toBe('missed');
    expect(await missedReviews()).toBe(missed + 1);
    const away = await a.request('GET', ROUTE);
    expect([away.status, away.body.code]).toEqual([503, 'STATE_STORE_UNAVAILABLE']);
    await proxy.restore();
    const now = await waitFor(() => votesOf('up-2009'), { what: 'Redis to be back' });
    expect(now).toBe(before);
    await waitFor(() => list(), { what: 'the first replica to be back' });
    await expect(catalog.addReview('up-2009', 'missed', { stars: 5 })).rejects.toMatchObject({
      code: 'REVIEW_EXISTS',
    });
    expect(await votesOf('up-2009')).toBe(before + 1n);
  });

  it('are a feature that can be removed', async () => {
    const app = await TestApp.start(environment, appWithout('LeaderboardModule'));
    await app.get(Postgres).whenMigrated();
    const answer = await app.request('GET', ROUTE);
    expect([answer.status, answer.body.code]).toEqual([503, 'FEATURE_NOT_INSTALLED']);
    expect((await review(app, 'w-2008', await login('without'))).status).toBe(201);
    expect((await app.request('GET', '/v1/catalog/products/w-2008')).body.reviews.count).toBe(1);
    await app.stop();
  });
});
