import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import {
  type CommandObservation,
  defineScript,
  parseRedisUrl,
  RedisClient,
  RedisConnections,
  StateStoreUnavailableError,
} from '../../src/redis/index.js';
import { TestRedis } from '../support/redis-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';

const DEADLINE_MS = 500;
/** What a slow machine may add to a deadline. */
const SLACK_MS = 2000;

let redis: TestRedis;
let proxy: TcpProxy;
let folder: string;
const open: RedisConnections[] = [];

Logger.overrideLogger(false);

beforeAll(async () => {
  redis = await TestRedis.start();
  folder = mkdtempSync(path.join(tmpdir(), 'holdfast-scripts-'));
  mkdirSync(path.join(folder, 'lua'));
});

beforeEach(async () => {
  proxy = await TcpProxy.start({ target: { host: '127.0.0.1', port: redis.port } });
});

afterEach(async () => {
  redis.thaw();
  await proxy.heal();
  await Promise.all(open.splice(0).map((connections) => connections.close()));
  await proxy.close();
  await redis.client.flushall();
});

afterAll(() => rmSync(folder, { recursive: true }));

/** A client as the app has it, connected unless told otherwise. */
async function connect(url = proxy.url, deadlineMs = DEADLINE_MS): Promise<RedisClient> {
  const client = lazily(url, deadlineMs);
  await waitFor(() => client.ready, { what: 'the connection to be ready', timeoutMs: 10_000 });
  return client;
}

function lazily(url = proxy.url, deadlineMs = DEADLINE_MS): RedisClient {
  const connections = new RedisConnections(parseRedisUrl(url), 'test', deadlineMs);
  open.push(connections);
  return new RedisClient(connections);
}

let scripts = 0;
/** A script that no server has seen before. */
function script(lua: string) {
  const verb = `script-${(scripts += 1)}`;
  writeFileSync(path.join(folder, 'lua', `${verb}.lua`), `${lua} -- ${verb}`);
  return defineScript({
    name: `test.${verb}`,
    directory: folder,
    keys: ['counter'],
    args: ['by'],
    reply: (raw) => raw as number,
  });
}

const increment = () => script(`return redis.call('INCRBY', KEYS[1], ARGV[1])`);
const hit = (by = 1) => ({ keys: { counter: '{c}' }, args: { by } });
const count = async () => Number(await redis.client.get('{c}'));
const ping = (client: RedisClient) => client.call('test.ping', (each) => each.ping());
const isUp = (client: RedisClient) =>
  waitFor(() => ping(client), { what: 'Redis to answer again', timeoutMs: 10_000 });
const clientsNamed = async (name: string) =>
  ((await redis.client.client('LIST')) as string)
    .split('\n')
    .filter((line) => line.includes(` name=${name}`));

describe('a script', () => {
  it('takes its parameters by name, in any order, and a list after them', async () => {
    const client = await connect();
    const sum = script(
      `local sum = tonumber(ARGV[1]) for i = 2, #ARGV do sum = sum + ARGV[i] end return redis.call('INCRBY', KEYS[1], sum)`,
    );
    expect(await client.run(sum, { rest: [1, 2, 3], args: { by: 10 }, keys: { counter: '{c}' } })).toBe(16);
    expect(await count()).toBe(16);
  });

  it('runs once on a server that has never seen it, or has forgotten it', async () => {
    const client = await connect();
    const add = increment();
    expect(await client.run(add, hit())).toBe(1);
    await redis.client.script('FLUSH');
    expect(await client.run(add, hit())).toBe(2);
    proxy.resetCounters();
    expect(await client.run(add, hit())).toBe(3);
    expect(proxy.roundTrips).toBe(1);
  });

  it('runs once a call while the server forgets it all the time', async () => {
    const client = await connect(redis.url, 5000);
    const add = increment();
    let over = false;
    const forgetting = (async () => {
      while (!over) await redis.client.script('FLUSH');
    })();
    for (let round = 0; round < 40; round++) {
      await Promise.all(Array.from({ length: 50 }, () => client.run(add, hit())));
    }
    over = true;
    await forgetting;
    expect(await count()).toBe(2000);
  });

  it('that is wrong fails as itself, not as a Redis that is away', async () => {
    const client = await connect();
    const outcomes: CommandObservation[] = [];
    client.observe((observation) => outcomes.push(observation));
    const failure = await client
      .run(script(`return redis.call('NOPE')`), hit())
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(failure).not.toBeInstanceOf(StateStoreUnavailableError);
    expect(outcomes).toEqual([
      {
        feature: 'test',
        operation: expect.stringMatching(/^test\.script-/),
        durationMs: expect.any(Number),
        outcome: 'error',
      },
    ]);
  });
});

describe('the deadline', () => {
  it('ends a call that is not answered, and the observers hear of it', async () => {
    const client = await connect();
    const outcomes: string[] = [];
    client.observe(({ feature, operation, outcome }) => outcomes.push(`${feature} ${operation} ${outcome}`));
    await ping(client);
    redis.freeze();
    const startedAt = performance.now();
    await expect(ping(client)).rejects.toBeInstanceOf(StateStoreUnavailableError);
    const tookMs = performance.now() - startedAt;
    expect(tookMs).toBeGreaterThan(DEADLINE_MS * 0.9);
    expect(tookMs).toBeLessThan(DEADLINE_MS + SLACK_MS);
    expect(outcomes).toEqual(['test test.ping ok', 'test test.ping unavailable']);
    redis.thaw();
    await isUp(client);
  });

  it('does not bind a connection that blocks on purpose', async () => {
    const client = await connect();
    const blocking = client.connections.connection('reader');
    await waitFor(() => blocking.status === 'ready', { what: 'the reader to be ready' });
    expect(await blocking.blpop('{list}', (2 * DEADLINE_MS) / 1000)).toBeNull();
    expect(blocking.status).toBe('ready');
  });
});

describe('what was reported as failed', () => {
  it('is not carried out later: nothing waits for a connection', async () => {
    proxy.drop();
    const client = lazily();
    const add = increment();
    const calls = Array.from({ length: 10 }, () => client.run(add, hit()));
    for (const call of calls) await expect(call).rejects.toBeInstanceOf(StateStoreUnavailableError);
    await proxy.restore();
    await isUp(client);
    expect(await count()).toBe(0);
  });

  it('is not sent again when the connection is cut before the reply', async () => {
    const client = await connect();
    const add = increment();
    const five = () => Array.from({ length: 5 }, () => client.run(add, hit()));
    await Promise.all(five());
    const lost = proxy.loseNextReply({ containing: /evalsha/i });
    for (const call of five()) await expect(call).rejects.toBeInstanceOf(StateStoreUnavailableError);
    expect((await lost)?.reply.length).toBeGreaterThan(0);
    await isUp(client);
    expect(await count()).toBe(10);
  });

  it('is not sent again when the first connection attempt hangs', async () => {
    proxy.stall();
    const client = lazily();
    const add = increment();
    await waitFor(() => proxy.connections.live > 0, { what: 'the client to connect' });
    for (let i = 0; i < 5; i++) {
      await expect(client.run(add, hit())).rejects.toBeInstanceOf(StateStoreUnavailableError);
    }
    proxy.resume();
    await isUp(client);
    expect(await count()).toBe(0);
  });
});

describe('a server that says no for now', () => {
  it('is unavailable while its memory is full, and reads go on', async () => {
    const client = await connect();
    const add = increment();
    await client.run(add, hit(7));
    await redis.client.config('SET', 'maxmemory', '1');
    try {
      await expect(client.run(add, hit())).rejects.toBeInstanceOf(StateStoreUnavailableError);
      expect(await client.call('test.get', (each) => each.get('{c}'))).toBe('7');
    } finally {
      await redis.client.config('SET', 'maxmemory', '0');
    }
    expect(await client.run(add, hit())).toBe(8);
  });

  it('is unavailable while it does not know who asks', async () => {
    const guarded = await TestRedis.start({ args: ['--save', '', '--requirepass', 'secret'] });
    const stranger = lazily(guarded.url);
    const known = lazily(guarded.url.replace('//', '//:secret@'));
    const refusals = async () =>
      /errorstat_NOAUTH/.test(await known.call('test.info', (each) => each.info()));
    await waitFor(refusals, { what: 'the stranger to be refused', timeoutMs: 10_000 });
    await expect(ping(stranger)).rejects.toBeInstanceOf(StateStoreUnavailableError);
    await guarded.stop();
  });

  it('is left when it has become a replica, for the one that the address leads to now', async () => {
    const next = await TestRedis.start();
    const client = await connect();
    const add = increment();
    await client.run(add, hit());
    await redis.client.replicaof('127.0.0.1', next.port);
    proxy.rewriteTarget({ host: '127.0.0.1', port: next.port }, { cut: false });
    try {
      await expect(client.run(add, hit())).rejects.toBeInstanceOf(StateStoreUnavailableError);
      await waitFor(() => client.run(add, hit(100)), {
        what: 'a write on the new master',
        timeoutMs: 10_000,
      });
      expect(await next.client.get('{c}')).toBe('100');
    } finally {
      await redis.client.replicaof('NO', 'ONE');
      await next.stop();
    }
  });
});

describe('connections', () => {
  it('are named after their role, host and process, and counted', async () => {
    const client = await connect();
    const subscriber = client.connections.connection('subscriber');
    await waitFor(() => subscriber.status === 'ready', { what: 'the subscriber to be ready' });
    expect(client.connections.count).toBe(2);
    expect(await clientsNamed('test:commands:')).toHaveLength(1);
    const [line] = await clientsNamed('test:subscriber:');
    expect(line).toMatch(new RegExp(` name=test:subscriber:\\S+:${process.pid} `));
  });

  it('subscribe again only where their users do: nobody could catch it when the connection is gone again', async () => {
    const { subscriber } = (await connect()).connections;
    await waitFor(() => subscriber.status === 'ready', { what: 'the subscriber to be ready' });
    await subscriber.subscribe('news');
    const back = new Promise((resolve) => subscriber.once('ready', resolve));
    const [line] = await clientsNamed('test:subscriber:');
    await redis.client.client('KILL', 'ID', /^id=(\d+)/.exec(line)?.[1] ?? '');
    await back;
    await subscriber.ping();
    expect(await redis.client.pubsub('NUMSUB', 'news')).toEqual(['news', 0]);
    await subscriber.subscribe('news');
    expect(await redis.client.pubsub('NUMSUB', 'news')).toEqual(['news', 1]);
  });

  it('are closed with the client', async () => {
    const client = await connect();
    client.connections.connection('subscriber');
    await waitFor(async () => (await clientsNamed('test:')).length === 2, { what: 'two connections' });
    await client.connections.close();
    await waitFor(async () => (await clientsNamed('test:')).length === 0, { what: 'none to be left' });
    expect(client.connections.count).toBe(0);
    await expect(ping(client)).rejects.toBeInstanceOf(StateStoreUnavailableError);
  });

  it('are closed soon although the server is frozen', async () => {
    const client = await connect();
    const { stream } = client.connections.commands as Redis;
    redis.freeze();
    const startedAt = performance.now();
    await client.connections.close();
    expect(performance.now() - startedAt).toBeLessThan(500 + SLACK_MS / 2);
    await waitFor(() => stream.destroyed, { what: 'the socket to be gone' });
  });

  it('are closed although the server was never there', async () => {
    proxy.drop();
    const client = lazily();
    await client.connections.close();
    await proxy.restore();
    await expect(ping(client)).rejects.toBeInstanceOf(StateStoreUnavailableError);
    expect(proxy.connections.total).toBe(0);
  });
});
