import { TestRedis } from '../../test/support/redis-server.js';
import { waitFor } from '../../test/support/wait-for.js';
import { readSettings } from '../config/index.js';
import { parseRedisUrl, RedisClient, RedisConnections, RedisKeyspace } from '../redis/index.js';
import { DecisionBatches } from './decision-batches.js';
import { DecisionStore } from './decision-store.js';
import type { Check, Decision } from './decision.js';
import { NativeWindow } from './native-window.js';
import type { Policy } from './policies/policy.js';
import { RateLimitKeys } from './rate-limit.keys.js';

/** Keeps fixed windows as INCREX does, also where the server refuses the command: then the script decides. */
class IntegerWindow extends NativeWindow {
  override keeps(): boolean {
    return true;
  }
}

const POLICY: Policy = { name: 'p', algorithm: 'fixed-window', limit: 7, windowMs: 60_000 };
const keys = new RateLimitKeys(new RedisKeyspace(readSettings({})));

let redis: TestRedis;
let client: RedisClient;
let native: NativeWindow;

beforeAll(async () => {
  redis = await TestRedis.start();
  client = new RedisClient(new RedisConnections(parseRedisUrl(redis.url), 'test', 5000));
  await waitFor(() => client.ready, { what: 'the connection' });
  native = new NativeWindow(client);
  await native.onModuleInit();
});

afterAll(() => client.connections.close());
beforeEach(() => redis.client.flushall());

function storeWith(window: NativeWindow): DecisionStore {
  return new DecisionStore(client, keys, new DecisionBatches(client, keys, window), window);
}

/** What a client learns, without the moment, which differs by a millisecond from one way to the other. */
const told = ({ allowed, decisions }: Decision) => ({
  allowed,
  decisions: decisions.map(({ remaining, ...each }) => ({ allowed: each.allowed, remaining })),
});

/** A seed that repeats: costs, peeks and refunds as they may come. */
function* operations(count: number): Iterable<{ kind: 'charge' | 'peek' | 'refund'; cost: number }> {
  let seed = 42;
  for (let i = 0; i < count; i += 1) {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    const kind = (['charge', 'charge', 'charge', 'peek', 'refund'] as const)[seed % 5];
    yield { kind, cost: 1 + (Math.floor(seed / 64) % 4) };
  }
}

async function replay(store: DecisionStore, key: string): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const { kind, cost } of operations(300)) {
    const check: Check = { policy: POLICY, key, cost };
    if (kind === 'refund') answers.push((await store.refund([check])).map(({ remaining }) => remaining));
    else answers.push(told(await store[kind]([check])));
  }
  return answers;
}

describe('fixed windows in the form of INCREX', () => {
  it('decide as the others do, by the script', async () => {
    const [others, integers] = await Promise.all([
      replay(storeWith(new NativeWindow(client)), 'others'),
      replay(storeWith(new IntegerWindow(client)), 'integers'),
    ]);
    expect(integers).toEqual(others);
    const stored = await redis.client.get(keys.counter('integers', 'p'));
    expect(stored).toMatch(/^\d+$/);
  });

  it('decide the same by the command itself, where the server has it', async () => {
    const [info] = (await redis.client.call('COMMAND', 'INFO', 'INCREX')) as unknown[];
    expect(native.keeps(POLICY)).toBe(info !== null);
    const [own, scripted] = await Promise.all([
      replay(storeWith(native), 'own'),
      replay(storeWith(new NativeWindow(client)), 'scripted'),
    ]);
    expect(own).toEqual(scripted);
  });

  it('are replaced where a key is in another form', async () => {
    await storeWith(new NativeWindow(client)).charge([{ policy: POLICY, key: 'k' }]);
    const { decisions } = await storeWith(new IntegerWindow(client)).charge([{ policy: POLICY, key: 'k' }]);
    expect(decisions[0]).toMatchObject({ allowed: true, remaining: 6 });
  });

  it('end with their window, and take no charge back from a later one', async () => {
    const store = storeWith(new IntegerWindow(client));
    const check = { policy: { ...POLICY, windowMs: 200 }, key: 'short' };
    const { chargedAt = 0 } = await store.charge([check]);
    await waitFor(async () => (await redis.client.dbsize()) === 0, { what: 'the window to end' });
    await store.charge([{ ...check, policy: POLICY }]);
    const [left] = await store.refund([{ policy: { ...POLICY, windowMs: 60_000 }, key: 'short', chargedAt }]);
    expect(left.remaining).toBe(6);
  });
});
