import { CountersService } from '../../src/leaderboard/index.js';
import { TestApp } from '../support/app.js';
import { countersWith } from '../support/counters.js';
import { codeOf } from '../support/locks.js';
import { TestRedis } from '../support/redis-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';

const AOF = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];

describe('connections that are cut', () => {
  const CUTS = 100;
  let redis: TestRedis;
  let proxy: TcpProxy;
  let counters: CountersService;

  beforeAll(async () => {
    redis = await TestRedis.start();
    proxy = await TcpProxy.start({ target: { host: '127.0.0.1', port: redis.port } });
    counters = (await TestApp.start({ REDIS_URL: proxy.url }, countersWith())).get(CountersService);
  });

  afterAll(() => proxy.close());

  /** Redis carries out what is sent next, and nobody hears of it. */
  async function losing<R>(work: () => Promise<R>): Promise<R> {
    const cut = proxy.loseNextReply({ containing: 'evalsha' });
    const result = await work();
    expect((await cut)?.reply.length).toBeGreaterThan(0);
    return result;
  }

  it(`count nothing twice and lose nothing, ${CUTS} times, whether alone, many at once, or in shards`, async () => {
    await counters.increment('n');
    let sum = 1n;
    for (let cut = 0; cut < CUTS; cut += 1) {
      const steps = Array.from({ length: cut % 2 === 0 ? 1 : 10 }, (_, n) => BigInt(n + 1));
      const values = await losing(() => Promise.all(steps.map((by) => counters.increment('n', { by }))));
      expect(values).toEqual(steps.map((by) => (sum += by)));
      if (cut % 10 === 0) await losing(() => counters.incrementSharded('s', { shards: 3, windows: true }));
    }
    expect(await counters.value('n')).toBe(sum);
    const { value, windows } = await counters.windowed('s', { granularity: 'day' });
    expect(value).toBe(BigInt(CUTS / 10));
    expect(windows.reduce((all, { count }) => all + count, 0n)).toBe(value);
  }, 240_000);

  it('count what is coalesced once', async () => {
    for (let cut = 1; cut <= 5; cut += 1) {
      await losing(async () => {
        counters.count('c', 2n);
        await waitFor(
          async () =>
            redis.client
              .get('holdfast:default:counters:{c}:counter')
              .then((value) => value === String(2 * cut)),
          {
            what: 'the counts',
          },
        );
      });
    }
  }, 60_000);
});

describe('a Redis that is away', () => {
  let redis: TestRedis;
  let counters: CountersService;
  let app: TestApp;

  beforeEach(async () => {
    redis = await TestRedis.start({ args: AOF });
    app = await TestApp.start({ REDIS_URL: redis.url, REDIS_COMMAND_TIMEOUT_MS: '300' }, countersWith());
    counters = app.get(CountersService);
    await counters.increment('n', { by: 5 });
  });

  const there = () =>
    waitFor(() => counters.value('n').then(() => true), { what: 'Redis to be back', timeoutMs: 30_000 });

  it('is a 503 for each that asks, and has all that it has said when it is back', async () => {
    await redis.kill();
    const asked = [counters.increment('n'), counters.increment('n', { requestId: 'r' }), counters.value('n')];
    const others = [counters.incrementSharded('n', { shards: 2 }), counters.delete('n')];
    const codes = await Promise.all([...asked, ...others].map(codeOf));
    expect(new Set(codes)).toEqual(new Set(['STATE_STORE_UNAVAILABLE']));
    redis = await redis.restart(AOF);
    await there();
    expect(await counters.value('n')).toBe(5n);
    expect(await counters.increment('n', { requestId: 'r' })).toBe(6n);
  });

  it('keeps nobody who waits behind a flight for longer than the flight', async () => {
    redis.freeze();
    const first = codeOf(counters.increment('n'));
    await new Promise(setImmediate);
    let second: string | undefined;
    void codeOf(counters.increment('n')).then((code) => (second = code));
    expect(await first).toBe('STATE_STORE_UNAVAILABLE');
    await new Promise(setImmediate);
    expect(second).toBe('STATE_STORE_UNAVAILABLE');
    redis.thaw();
    await there();
    // The first may have been counted, the second was not sent.
    expect([5n, 6n]).toContain(await counters.value('n'));
  });

  it('has counted a request whose reply came too late once, when it is repeated', async () => {
    await counters.increment('n', { requestId: 'known' });
    redis.freeze();
    expect(await codeOf(counters.increment('n', { requestId: 'r', by: 10 }))).toBe('STATE_STORE_UNAVAILABLE');
    redis.thaw();
    await there();
    expect(await counters.increment('n', { requestId: 'r', by: 10 })).toBe(16n);
    expect(await counters.increment('n', { requestId: 'r', by: 10 })).toBe(16n);
    redis = await redis.kill().then(() => redis.restart(AOF));
    await there();
    expect(await counters.increment('n', { requestId: 'r', by: 10 })).toBe(16n);
    expect(await counters.value('n')).toBe(16n);
  });

  it('loses nothing that is coalesced, whether it is gone or silent', async () => {
    let counted = 5n;
    const count = (times: number) => {
      for (let n = 0; n < times; n += 1) counters.count('n');
      counted += BigInt(times);
    };
    const arrived = () =>
      waitFor(async () => (await counters.value('n')) === counted, { what: 'the counts', timeoutMs: 30_000 });
    for (let round = 0; round < 3; round += 1) {
      count(100);
      await redis.kill();
      count(100);
      redis = await redis.restart(AOF);
      await arrived();
      count(1);
      redis.freeze();
      // A sum is on its way, and nobody knows whether it has arrived.
      expect(await codeOf(counters.value('n'))).toBe('STATE_STORE_UNAVAILABLE');
      count(100);
      expect(await codeOf(counters.value('n'))).toBe('STATE_STORE_UNAVAILABLE');
      redis.thaw();
      await arrived();
    }
  }, 120_000);

  it('has the windows, shards and requests of before its restart', async () => {
    await counters.incrementSharded('w', { shards: 4, windows: true, by: 2 });
    await counters.incrementSharded('w', { shards: 4, by: 3 });
    const before = await counters.windowed('w', { granularity: 'day' });
    await redis.kill();
    redis = await redis.restart(AOF);
    await there();
    expect(await counters.windowed('w', { granularity: 'day' })).toEqual(before);
    expect(before.value).toBe(5n);
  });
});
