import { ChannelsService } from '../../src/events/index.js';
import { TestApp } from '../support/app.js';
import { TestCluster } from '../support/redis-topologies.js';
import { consumersApp } from '../support/streams.js';
import { waitFor } from '../support/wait-for.js';

let cluster: TestCluster;
let here: ChannelsService;
let there: ChannelsService;

beforeAll(async () => {
  cluster = await TestCluster.start();
  const start = () => TestApp.start({ REDIS_URL: cluster.url }, consumersApp());
  const [first, second] = await Promise.all([start(), start()]);
  [here, there] = [first.get(ChannelsService), second.get(ChannelsService)];
}, 60_000);

afterAll(() => cluster.stop());

it('tells of each gap in a Cluster, by name and pattern, and goes on', async () => {
  const heard: unknown[] = [];
  let gaps = 0;
  const listener = { message: ({ data }: { data: unknown }) => heard.push(data), gap: () => (gaps += 1) };
  await here.subscribe({ channel: 'cut' }, listener);
  await here.subscribe({ pattern: 'cu*' }, listener);
  await there.publish('cut', 0);
  await waitFor(() => heard.length === 2, { what: 'the message by name and by pattern' });
  for (let cut = 1; cut <= 3; cut += 1) {
    // Each process subscribes at a node of its choice.
    for (const { client } of [...cluster.masters, cluster.replica]) {
      await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    }
    await waitFor(() => gaps >= cut, { what: 'the gap to be told', timeoutMs: 20_000 });
    heard.length = 0;
    await there.publish('cut', cut);
    await waitFor(() => heard.length === 2, { what: 'the message after the gap' });
    expect(heard).toEqual([cut, cut]);
  }
}, 90_000);
