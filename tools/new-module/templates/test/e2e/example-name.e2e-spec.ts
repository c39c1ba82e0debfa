import { appWithout, TestApp } from '../support/app.js';
import { TestRedis } from '../support/redis-server.js';

describe('example-name over HTTP, on two replicas', () => {
  let a: TestApp;
  let b: TestApp;
  let redis: TestRedis;

  beforeAll(async () => {
    redis = await TestRedis.start();
    const withoutDatabase = appWithout('PostgresModule', 'CatalogModule');
    const start = () => TestApp.start({ REDIS_URL: redis.url }, withoutDatabase);
    [a, b] = await Promise.all([start(), start()]);
  });

  const put = (app: TestApp, id: string, body: object) =>
    app.request('PUT', `/v1/example-name/${id}`, { body });
  const get = (app: TestApp, id: string) => app.request('GET', `/v1/example-name/${id}`);

  it('shows on one replica what was saved on the other', async () => {
    expect((await put(a, 'one', { text: 'first' })).body).toEqual({ id: 'one', text: 'first', version: 1 });
    expect((await get(b, 'one')).body).toEqual({ id: 'one', text: 'first', version: 1 });
    expect((await put(b, 'one', { text: 'second', expectedVersion: 1 })).body.version).toBe(2);
    expect((await get(a, 'one')).body.text).toBe('second');
  });

  it('lets one of many concurrent changes of the same version pass', async () => {
    const changes = Array.from({ length: 20 }, (_, index) =>
      put(index % 2 === 0 ? a : b, 'race', { text: `change ${index}`, expectedVersion: 0 }),
    );
    const answers = await Promise.all(changes);
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, ...Array.from({ length: 19 }, () => 409)]);
    const winner = answers.find(({ status }) => status === 200);
    expect((await get(a, 'race')).body).toEqual(winner?.body);
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('EXAMPLE_NAME_CHANGED');
  });

  it('forgets an entry after a day, and keeps ids with special characters apart', async () => {
    await put(a, encodeURIComponent('a:{b}*'), { text: 'odd' });
    const key = 'holdfast:default:example-name:{a%3a%7bb%7d%2a}:entry';
    expect(await redis.client.pttl(key)).toBeGreaterThan(86_000_000);
    expect((await get(b, 'a')).body.code).toBe('EXAMPLE_NAME_NOT_FOUND');
  });

  it.each([
    [{}],
    [{ text: '' }],
    [{ text: 1 }],
    [{ text: 'x', expectedVersion: -1 }],
    [{ text: 'x', more: 1 }],
  ])('refuses %j', async (body) => {
    const answer = await put(a, 'bad', body);
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe('VALIDATION_FAILED');
  });
});
