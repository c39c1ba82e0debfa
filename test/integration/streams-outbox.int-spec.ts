import path from 'node:path';
import { sql } from 'kysely';
import { EventTooLargeError, Outbox, StreamsService } from '../../src/events/index.js';
import { ValidationFailedError } from '../../src/errors/index.js';
import { Metrics } from '../../src/observability/index.js';
import { Postgres } from '../../src/postgres/index.js';
import { TestApp } from '../support/app.js';
import { spawnNode } from '../support/child.js';
import { type AccountChange, Accounts, readAll, transactionalApp } from '../support/outbox.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { parsePrometheus } from '../support/prometheus.js';
import { Random } from '../support/random.js';
import { TestRedis } from '../support/redis-server.js';
import { streamKey } from '../support/streams.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';

const WRITER = path.join(__dirname, '../support/fixtures/outbox-writer.ts');
const KILLS = 8;
const PATIENT = { timeoutMs: 30_000 };

let redis: TestRedis;
let server: TestPostgres;
let toRedis: TcpProxy;
let toPostgres: TcpProxy;
let environment: Record<string, string>;
let app: TestApp;
let accounts: Accounts;
let outbox: Outbox;
let streams: StreamsService;

beforeAll(async () => {
  [redis, server] = await Promise.all([TestRedis.start(), startPostgres()]);
  toRedis = await TcpProxy.start({ target: { host: '127.0.0.1', port: redis.port } });
  toPostgres = await TcpProxy.start({ target: { host: '127.0.0.1', port: server.port } });
  const url = (await server.createDatabase()).replace(String(server.port), String(toPostgres.port));
  environment = {
    REDIS_URL: `redis://127.0.0.1:${toRedis.port}`,
    DATABASE_URL: url,
    DATABASE_TIMEOUT_MS: '5000',
    EVENTS_KEPT: '100000',
  };
  app = await TestApp.start(environment, transactionalApp());
  await app.get(Postgres).whenMigrated();
  accounts = app.get(Accounts);
  outbox = app.get(Outbox);
  streams = app.get(StreamsService);
});

afterEach(() => {
  toRedis.heal();
  toPostgres.heal();
});

afterAll(async () => {
  await Promise.all([toRedis?.close(), toPostgres?.close()]);
  await server?.stop();
});

const dataOf = async (stream: string) => (await readAll(streams, stream)).map(({ event }) => event.data);

const arrived = (stream: string, count: number) =>
  waitFor(async () => (await redis.client.xlen(streamKey(stream))) >= count, {
    what: `${count} events of ${stream}`,
    ...PATIENT,
  });

const untilEmpty = () =>
  waitFor(
    async () =>
      (await sql<{ left: string }>`select count(*) as left from events_outbox`.execute(accounts.db)).rows[0]
        .left === '0',
    { what: 'an empty outbox', ...PATIENT },
  );

async function metric(name: string): Promise<number> {
  const samples = parsePrometheus(await app.get(Metrics).text());
  return samples.find((sample) => sample.name === `holdfast_outbox_${name}`)?.value ?? 0;
}

/** Of each account every version once, one after the other. */
function expectOrdered(changes: readonly AccountChange[]): Map<string, number> {
  const last = new Map<string, number>();
  for (const { id, version } of changes) {
    expect(`${id} ${version}`).toBe(`${id} ${(last.get(id) ?? 0) + 1}`);
    last.set(id, version);
  }
  return last;
}

describe('the outbox', () => {
  it('publishes what has committed, in its order and as CloudEvents, and nothing of what was rolled back', async () => {
    const before = new Date();
    await accounts.db.transaction().execute(async (trx) => {
      await outbox.add(trx, 'basic', { type: 'a', data: 1, key: 'k' }, { type: 'b', data: '\0\ud800' });
      await outbox.add(trx, 'basic', { specversion: '1.0', id: 'own', source: '/own', type: 'c' });
    });
    const rolledBack = accounts.db.transaction().execute(async (trx) => {
      await outbox.add(trx, 'basic', { type: 'never' });
      throw new Error('changed my mind');
    });
    await expect(rolledBack).rejects.toThrow('changed my mind');
    await accounts.change('after', 'basic');
    await arrived('basic', 4);
    await untilEmpty();
    const events = (await readAll(streams, 'basic')).map(({ event }) => event);
    expect(events).toMatchObject([
      { specversion: '1.0', type: 'a', data: 1, partitionkey: 'k', source: '/v1/streams/basic' },
      { type: 'b', data: '\0\ud800' },
      { id: 'own', source: '/own', type: 'c' },
      { type: 'account.changed' },
    ]);
    expect(Date.parse(events[0].time ?? '')).toBeGreaterThanOrEqual(before.getTime());
  });

  it('takes any name of a stream, and no event at all', async () => {
    const odd = 'nul\0, {brace}, *, and\nanother line 🏆';
    await accounts.db.transaction().execute(async (trx) => {
      await outbox.add(trx, odd, { type: 'odd', data: 1 });
      await outbox.add(trx, 'nothing');
    });
    await waitFor(async () => (await readAll(streams, odd)).length === 1, { what: 'the event', ...PATIENT });
    expect(await readAll(streams, 'nothing')).toEqual([]);
  });

  it('refuses a bad event at once, and the transaction goes on', async () => {
    await accounts.db.transaction().execute(async (trx) => {
      await expect(outbox.add(trx, 'bad', { type: 'fine' }, { type: '' })).rejects.toThrow(
        ValidationFailedError,
      );
      await expect(outbox.add(trx, 'x'.repeat(257), { type: 'fine' })).rejects.toThrow(ValidationFailedError);
      const large = { type: 'large', data: 'x'.repeat(1_048_577) };
      await expect(outbox.add(trx, 'bad', large)).rejects.toThrow(EventTooLargeError);
      await outbox.add(trx, 'bad', { type: 'good' });
    });
    await arrived('bad', 1);
    expect((await readAll(streams, 'bad')).map(({ event }) => event.type)).toEqual(['good']);
  });

  it('moves many large events, some at a time', async () => {
    const data = 'x'.repeat(900_000);
    await accounts.db.transaction().execute(async (trx) => {
      for (let n = 0; n < 24; n += 1) await outbox.add(trx, 'large', { type: String(n), data });
    });
    await arrived('large', 24);
    const entries = await redis.client.xrange(streamKey('large'), '-', '+');
    const types = entries.map(([, [, text]]) => (JSON.parse(text) as { type: string }).type);
    expect(types).toEqual(Array.from({ length: 24 }, (_, n) => String(n)));
  });

  it('keeps the order of changes that wait for each other, with three replicas that relay', async () => {
    const root = transactionalApp();
    const others = [await TestApp.start(environment, root), await TestApp.start(environment, root)];
    await Promise.all(others.map((other) => other.get(Postgres).whenMigrated()));
    const services = [app, ...others].map((each) => each.get(Accounts));
    const random = new Random(8);
    const work = async (service: Accounts) => {
      for (let n = 0; n < 100; n += 1) await service.change(`ordered-${random.integer(0, 4)}`, 'ordered');
    };
    await Promise.all(services.flatMap((service) => [work(service), work(service), work(service)]));
    await arrived('ordered', 900);
    await untilEmpty();
    const changes = (await dataOf('ordered')) as AccountChange[];
    expect(changes).toHaveLength(900);
    expectOrdered(changes);
    await Promise.all(others.map((other) => other.stop()));
  });

  it('waits for a Redis that is away, and for a Postgres', async () => {
    toRedis.drop();
    for (let n = 0; n < 5; n += 1) await accounts.change('patient', 'patient');
    expect(await redis.client.exists(streamKey('patient'))).toBe(0);
    toRedis.heal();
    await arrived('patient', 5);
    const written = accounts.change('patient', 'patient');
    await written;
    toPostgres.drop();
    const failures = await metric('failures_total');
    await expect(accounts.change('patient', 'patient')).rejects.toThrow();
    await waitFor(async () => (await metric('failures_total')) > failures + 1, {
      what: 'the relay to fail',
      ...PATIENT,
    });
    expect(await metric('age_seconds')).toBeNaN();
    toPostgres.heal();
    await arrived('patient', 6);
    await untilEmpty();
    const changes = (await dataOf('patient')) as AccountChange[];
    expect(expectOrdered(changes).get('patient')).toBe(await accounts.version('patient'));
    expect(await metric('events_relayed_total')).toBeGreaterThan(0);
  });

  it('goes on with other streams while one cannot be written', async () => {
    await redis.client.set(streamKey('stuck'), 'no stream');
    await accounts.change('stuck', 'stuck');
    await accounts.change('free', 'free');
    await arrived('free', 1);
    await redis.client.del(streamKey('stuck'));
    await arrived('stuck', 1);
    await untilEmpty();
    expect(await dataOf('stuck')).toEqual([{ id: 'stuck', version: 1 }]);
  });

  it('stores once what it could not remove, and so sends again', async () => {
    const lost = toPostgres.loseNextReply({ containing: 'delete from events_outbox' });
    await accounts.change('again', 'again');
    expect(await lost).toBeDefined();
    await untilEmpty();
    expect(await dataOf('again')).toEqual([{ id: 'again', version: 1 }]);
  });

  it(`loses nothing and doubles nothing while what writes and relays is killed ${KILLS} times`, async () => {
    const ids = ['k0', 'k1', 'k2', 'k3', 'k4'];
    const told = new Map<string, number>();
    for (let kill = 0; kill < KILLS; kill += 1) {
      const writer = spawnNode(WRITER, { env: environment, args: ['killed', ...ids] });
      await waitFor(() => writer.lines.length >= 20 * (1 + (kill % 3)), { what: 'some commits', ...PATIENT });
      process.kill(writer.pid ?? 0, 'SIGKILL');
      await writer.exited;
      for (const { text } of writer.lines) {
        const [, id, version] = text.split(' ');
        told.set(id, Math.max(told.get(id) ?? 0, Number(version)));
      }
    }
    await untilEmpty();
    const last = expectOrdered((await dataOf('killed')) as AccountChange[]);
    for (const id of ids) {
      expect(last.get(id)).toBe(await accounts.version(id));
      expect(last.get(id)).toBeGreaterThanOrEqual(told.get(id) ?? 0);
    }
  });
});
