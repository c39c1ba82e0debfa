import { GroupsService, StreamsService } from '../../src/events/index.js';
import { ExampleNameConsumer } from '../../src/example-name/consumer/example-name.consumer.js';
import { appWithout, TestApp } from '../support/app.js';
import { TestRedis } from '../support/redis-server.js';
import { waitFor } from '../support/wait-for.js';

const TALLY = 'holdfast:default:example-name:{example-stream}:tally';

describe('the consumer of example-stream, on two replicas', () => {
  let apps: TestApp[];
  let redis: TestRedis;

  beforeAll(async () => {
    redis = await TestRedis.start();
    const start = () =>
      TestApp.start({ REDIS_URL: redis.url }, appWithout('PostgresModule', 'CatalogModule'));
    apps = await Promise.all([start(), start()]);
  });

  /** So many events of each type, and waits until all of them are acknowledged. */
  async function publish(count: number, ...types: string[]): Promise<void> {
    const events = Array.from({ length: count }, () => types.map((type) => ({ type, data: {} }))).flat();
    await apps[0].get(StreamsService).publishMany('example-stream', events);
    const group = () => apps[0].get(GroupsService).inspect('example-stream', 'example-name');
    await waitFor(
      async () => {
        const { lag, pending } = await group();
        return lag === 0 && pending === 0;
      },
      { what: 'all events to be acknowledged' },
    );
  }

  it('counts the events of each type, and forgets them after a day', async () => {
    await publish(100, 'made', 'sold');
    expect(await redis.client.hgetall(TALLY)).toEqual({ made: '100', sold: '100' });
    expect(await redis.client.pttl(TALLY)).toBeGreaterThan(86_000_000);
  });

  it('counts an event once that comes again', async () => {
    let calls = 0;
    for (const app of apps) {
      const consumer = app.get(ExampleNameConsumer);
      const count = consumer.count.bind(consumer);
      jest.spyOn(consumer, 'count').mockImplementation(async (event, context) => {
        await count(event, context);
        await count(event, context);
        calls += 2;
      });
    }
    await publish(50, 'returned');
    await waitFor(() => calls === 100, { what: 'each event to be handled twice' });
    expect((await redis.client.hgetall(TALLY)).returned).toBe('50');
  });
});
