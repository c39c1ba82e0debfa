import { TestApp } from '../support/app.js';
import { countersWith, ODD_NAMES } from '../support/counters.js';
import { TestRedis } from '../support/redis-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';

let redis: TestRedis;
let app: TestApp;

beforeAll(async () => {
  redis = await TestRedis.start();
  app = await TestApp.start({ REDIS_URL: redis.url }, countersWith());
});

const path = (name: string) => `/v1/counters/${encodeURIComponent(name)}`;
const increment = (name: string, body: unknown = {}, headers?: Record<string, string>) =>
  app.request('POST', `${path(name)}/increments`, { body, headers });
const show = (name: string, query = '') => app.request('GET', `${path(name)}${query}`);

describe('a counter over HTTP', () => {
  beforeEach(() => redis.client.flushall());

  it.each(ODD_NAMES)('is incremented, shown and deleted: %j', async (name) => {
    const { status, headers, body } = await increment(name);
    expect({ status, body }).toEqual({ status: 200, body: { name, value: 1 } });
    expect(headers.get('cache-control')).toBe('no-store');
    expect((await increment(name, { by: 41 })).body).toEqual({ name, value: 42 });
    expect((await show(name)).body).toEqual({ name, value: 42 });
    expect((await app.request('DELETE', path(name))).status).toBe(204);
    expect((await show(name)).body).toEqual({ name, value: 0 });
  });

  it('has numbers where they are exact, and else decimal strings, in and out', async () => {
    expect((await increment('n', { by: 9007199254740991 })).body.value).toBe(9007199254740991);
    expect((await increment('n', { by: 1 })).body.value).toBe('9007199254740992');
    expect((await increment('n', { by: '9214364837600034815' })).body.value).toBe('9223372036854775807');
    expect((await show('n')).body.value).toBe('9223372036854775807');
    const { status, body } = await increment('n');
    expect({ status, code: body.code }).toEqual({ status: 409, code: 'COUNTER_OUT_OF_RANGE' });
    expect((await increment('n', { by: '-9223372036854775808' })).body.value).toBe(-1);
  });

  it('refuses what is no integer within 64 bits, or is 0, and changes nothing', async () => {
    const json = [
      '0',
      '-0',
      '"0"',
      '"-0"',
      '0.5',
      '1e400',
      '-1e400',
      '9007199254740992',
      '"9223372036854775808"',
    ];
    const texts = ['"01"', '"+1"', '" 1"', '"1.0"', '"1e3"', '""', '"NaN"', 'true', '[1]', '{}', '"0x1"'];
    for (const by of [...json, ...texts]) {
      const headers = { 'content-type': 'application/json' };
      const { status, body } = await increment('n', `{"by":${by}}`, headers);
      expect({ by, status, code: body.code }).toEqual({ by, status: 400, code: 'VALIDATION_FAILED' });
      expect(body.errors[0].path).toBe('by');
    }
    for (const body of [{ windows: 'yes' }, { value: 1 }, [], [{}], '1']) {
      expect((await increment('n', body, { 'content-type': 'application/json' })).status).toBe(400);
    }
    expect((await increment('x'.repeat(257))).status).toBe(400);
    for (const query of [
      '?granularity=week',
      '?granularity=hour&count=0',
      '?granularity=hour&count=401',
      '?count=1.5',
      '?at=1',
    ]) {
      expect((await show('n', query)).status).toBe(400);
    }
    expect(await redis.keys()).toEqual([]);
  });

  it('shows its windows where it keeps some', async () => {
    await increment('n');
    expect((await show('n', '?granularity=hour')).body).toEqual({ name: 'n', value: 1, windows: [] });
    await increment('n', { windows: true, by: 2 });
    await increment('n', { by: 3 });
    const { body } = await show('n', '?granularity=hour&count=24');
    expect(body.value).toBe(6);
    expect(body.windows).toHaveLength(24);
    expect(body.windows[0].startsAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:00:00\.000Z$/);
    // The hour may end in between.
    expect(body.windows[22].count + body.windows[23].count).toBe(5);
  });

  it('counts a request with an Idempotency-Key once', async () => {
    const headers = { 'idempotency-key': 'once' };
    expect((await increment('n', { by: 5 }, headers)).body.value).toBe(5);
    const again = await increment('n', { by: 5 }, headers);
    expect(again.body.value).toBe(5);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect((await increment('n', { by: 6 }, headers)).status).toBe(422);
    expect((await show('n')).body.value).toBe(5);
  });

  it('tells how many increments became what', async () => {
    const tally = async (kind: string, outcome: string) => {
      const { text } = await app.request('GET', '/metrics');
      const sample = new RegExp(
        `^holdfast_counter_increments_total\\{kind="${kind}",outcome="${outcome}"\\} (\\d+)$`,
        'm',
      );
      return Number(sample.exec(text)?.[1] ?? 0);
    };
    const before = [await tally('increment', 'counted'), await tally('increment', 'out_of_range')];
    await Promise.all(['9223372036854775807', '1', '1'].map((by) => increment('secret', { by })));
    await increment('secret', { by: 1 }, { 'idempotency-key': 'out of range'.replaceAll(' ', '-') });
    expect([await tally('increment', 'counted'), await tally('increment', 'out_of_range')]).toEqual([
      before[0] + 1,
      before[1] + 3,
    ]);
    const { text } = await app.request('GET', '/metrics');
    expect(text).toMatch(/^holdfast_counter_counts_waiting 0$/m);
    expect(text).not.toContain('secret');
  });
});

describe('a client that hears nothing', () => {
  it('gets 503, and is counted once when it repeats its request with the same key', async () => {
    const proxy = await TcpProxy.start({ target: { host: '127.0.0.1', port: redis.port } });
    const near = await TestApp.start(
      { REDIS_URL: proxy.url, REDIS_COMMAND_TIMEOUT_MS: '400' },
      countersWith(),
    );
    const options = { body: { by: 7 }, headers: { 'idempotency-key': 'again' } };
    const ask = () => near.request('POST', '/v1/counters/lost/increments', options);
    expect((await near.request('POST', '/v1/counters/lost/increments', { body: {} })).status).toBe(200);
    // The answer to the increment is lost, and so is its second one.
    const counted = async () => (await redis.client.get('holdfast:default:counters:{lost}:counter')) === '8';
    proxy.loseNextReply({ containing: 'counter-request' }).then(
      () => proxy.drop(),
      () => undefined,
    );
    const { status, body, headers } = await ask();
    expect({ status, code: body.code }).toEqual({ status: 503, code: 'STATE_STORE_UNAVAILABLE' });
    expect(headers.get('retry-after')).toBe('1');
    await waitFor(counted, { what: 'the increment' });
    await proxy.restore();
    const again = () =>
      waitFor(async () => (await ask().then((answer) => answer.status === 200 && answer)) || undefined, {
        what: 'an answer',
        timeoutMs: 60_000,
      });
    expect((await again()).body.value).toBe(8);
    expect((await again()).body.value).toBe(8);
    expect(await counted()).toBe(true);
    await near.stop();
    await proxy.close();
  }, 90_000);
});
