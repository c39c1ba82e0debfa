import { Module, type Type } from '@nestjs/common';
import { appWithout, TestApp } from '../support/app.js';
import { ProbeModule } from '../support/fixtures/probe.module.js';
import { parsePrometheus, type Sample } from '../support/prometheus.js';
import { TestRedis } from '../support/redis-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';

@Module({ imports: [appWithout('PostgresModule', 'CatalogModule'), ProbeModule] })
class ProbedApp {}

let redis: TestRedis;
let cacheRedis: TestRedis;
let proxy: TcpProxy;
let app: TestApp;

beforeAll(async () => {
  [redis, cacheRedis] = await Promise.all([TestRedis.start(), TestRedis.start()]);
  proxy = await TcpProxy.start({ target: { host: '127.0.0.1', port: redis.port } });
  const settings = { REDIS_URL: proxy.url, CACHE_REDIS_URL: cacheRedis.url, RATE_LIMIT: '2' };
  app = await TestApp.start(settings, ProbedApp as Type);
});

afterAll(() => proxy.close());

async function scrape(): Promise<Sample[]> {
  const { status, headers, text } = await app.request('GET', '/metrics');
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  return parsePrometheus(text);
}

const find = (samples: Sample[], name: string, labels: Record<string, string>) =>
  samples.filter(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  );
const valueOf = async (name: string, labels: Record<string, string> = {}): Promise<number> =>
  find(await scrape(), name, labels).reduce((sum, { value }) => sum + value, 0);

describe('GET /metrics', () => {
  it('counts and times requests by the pattern of their route, not by their path', async () => {
    for (const user of ['a', 'b', 'c']) await app.request('DELETE', `/v1/users/${user}/sessions`);
    for (const path of ['/nowhere', '/v1/else/where']) await app.request('GET', path);
    const samples = await scrape();
    const count = 'holdfast_http_request_duration_seconds_count';
    const route = '/v1/users/:userId/sessions';
    expect(find(samples, count, { route })).toEqual([
      { name: count, labels: { method: 'DELETE', route, status: '200' }, value: 3 },
    ]);
    expect(find(samples, count, { status: '404' })).toEqual([
      { name: count, labels: { method: 'GET', route: 'none', status: '404' }, value: 2 },
    ]);
  });

  it('has histograms whose buckets grow up to the count', async () => {
    await app.request('GET', '/health/live');
    const samples = await scrape();
    const labels = { route: '/health/live', status: '200' };
    const buckets = find(samples, 'holdfast_http_request_duration_seconds_bucket', labels);
    const [count] = find(samples, 'holdfast_http_request_duration_seconds_count', labels);
    const [sum] = find(samples, 'holdfast_http_request_duration_seconds_sum', labels);
    expect(buckets.at(-1)).toMatchObject({ labels: { le: '+Inf' }, value: count.value });
    expect(buckets.map(({ value }) => value)).toEqual(
      buckets.map(({ value }) => value).toSorted((a, b) => a - b),
    );
    expect(sum.value).toBeGreaterThan(0);
    expect(sum.value).toBeLessThan(10 * count.value);
  });

  it('times Redis by feature and operation', async () => {
    const created = { feature: 'sessions', operation: 'sessions.create' };
    const before = await valueOf('holdfast_redis_command_duration_seconds_count', created);
    await app.request('POST', '/v1/sessions', { body: { userId: 'ada' } });
    expect(await valueOf('holdfast_redis_command_duration_seconds_count', created)).toBe(before + 1);
    expect(await valueOf('holdfast_redis_command_duration_seconds_sum', created)).toBeGreaterThan(0);
  });

  it('counts the decisions of limits and the reads of the cache', async () => {
    for (let i = 0; i < 3; i++) await app.request('GET', '/v1/probe/limited');
    for (let i = 0; i < 3; i++) await app.request('GET', '/v1/probe/cached/m');
    const decisions = (allowed: string) =>
      valueOf('holdfast_rate_limit_decisions_total', { policy: 'default', allowed });
    expect([await decisions('true'), await decisions('false')]).toEqual([2, 1]);
    const reads = (outcome: string) => valueOf('holdfast_cache_reads_total', { outcome });
    expect([await reads('miss'), await reads('hit')]).toEqual([1, 2]);
  });

  it('tells what each Redis says of itself', async () => {
    const samples = await scrape();
    for (const server of ['state', 'cache']) {
      const gauge = (name: string) => find(samples, `holdfast_redis_${name}`, { server })[0]?.value;
      expect(gauge('up')).toBe(1);
      expect(gauge('used_bytes')).toBeGreaterThan(100_000);
      expect(gauge('clients')).toBeGreaterThanOrEqual(1);
      for (const name of ['max_bytes', 'fragmentation_ratio', 'hits', 'misses', 'evicted_keys']) {
        expect(gauge(name)).toBeGreaterThanOrEqual(0);
      }
    }
    expect(find(samples, 'process_cpu_seconds_total', {})).toHaveLength(1);
    expect(find(samples, 'nodejs_eventloop_lag_seconds', {})).toHaveLength(1);
  });

  it('counts faults by feature, and has no figures of a Redis that does not answer', async () => {
    proxy.drop();
    await waitFor(async () => (await valueOf('holdfast_redis_up', { server: 'state' })) === 0, {
      what: 'the loss to be seen',
    });
    const [login, limited] = await Promise.all([
      app.request('POST', '/v1/sessions', { body: { userId: 'ada' } }),
      app.request('GET', '/v1/probe/limited'),
    ]);
    expect([login.status, limited.status]).toEqual([503, 200]);
    const faults = (feature: string) =>
      valueOf('holdfast_redis_errors_total', { feature, outcome: 'unavailable' });
    expect([await faults('sessions'), await faults('cache')]).toEqual([1, 0]);
    // The replica looks after policies and other replicas by itself as well.
    expect(await faults('rate-limit')).toBeGreaterThanOrEqual(1);
    expect(await valueOf('holdfast_rate_limit_unchecked_total', { policy: 'default' })).toBe(1);
    await waitFor(
      async () => find(await scrape(), 'holdfast_redis_used_bytes', { server: 'state' }).length === 0,
      {
        what: 'the old figures to go',
      },
    );
    expect(find(await scrape(), 'holdfast_redis_used_bytes', { server: 'cache' })).toHaveLength(1);

    await proxy.restore();
    await waitFor(
      async () => find(await scrape(), 'holdfast_redis_used_bytes', { server: 'state' }).length === 1,
      {
        what: 'the figures to return',
        timeoutMs: 10_000,
      },
    );
    await waitFor(async () => (await valueOf('holdfast_redis_up', { server: 'state' })) === 1, {
      what: 'the return to be seen',
    });
  });
});
