import { type Kysely, sql } from 'kysely';
import { readSettings } from '../../src/config/index.js';
import {
  DatabaseUnavailableError,
  type EmbeddedPostgres,
  type FeatureMigrations,
  Postgres,
} from '../../src/postgres/index.js';
import { execute, hasPostgresServer, startPostgres, type TestPostgres } from '../support/postgres.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';

const DEADLINE_MS = 1000;
/** What a slow machine may add to a deadline. */
const SLACK_MS = 3000;
/** Of the pool of a process. */
const MAX_CONNECTIONS = 10;
const onServer = hasPostgresServer() ? it : it.skip;

/** Leaves a row each time that it runs, and takes its time. */
const leavesTraces: FeatureMigrations = {
  '001-traces': {
    up: async (db: Kysely<unknown>) => {
      await sql`create table traces (name text, at timestamptz default clock_timestamp())`.execute(db);
      await sql`select pg_sleep(0.2)`.execute(db);
      await sql`insert into traces (name) values ('001')`.execute(db);
    },
  },
  '002-more': {
    up: async (db: Kysely<unknown>) => void (await sql`insert into traces (name) values ('002')`.execute(db)),
  },
};

const unused = { start: () => Promise.reject(new Error('embedded')), stop: () => Promise.resolve() };
const started: Postgres[] = [];

function postgresAt(url: string, migrations = leavesTraces, deadlineMs = DEADLINE_MS): Postgres {
  const settings = readSettings({ DATABASE_URL: url, DATABASE_TIMEOUT_MS: String(deadlineMs) });
  const postgres = new Postgres(settings, unused as unknown as EmbeddedPostgres);
  postgres.migrations.register('things', migrations);
  started.push(postgres);
  return postgres;
}

async function migrated(...given: Parameters<typeof postgresAt>): Promise<Postgres> {
  const postgres = postgresAt(...given);
  await postgres.onModuleInit();
  await postgres.whenMigrated();
  return postgres;
}

const answer = (postgres: Postgres) =>
  sql`select 1 as one`.execute(postgres.db()).then(({ rows }) => rows[0]);

let server: TestPostgres;
let proxy: TcpProxy;
let url: string;

const through = (database: string) => database.replace(String(server.port), String(proxy.port));

beforeAll(async () => {
  server = await startPostgres();
  proxy = await TcpProxy.start({ target: { host: '127.0.0.1', port: server.port } });
});

afterAll(async () => {
  await proxy.close();
  await server.stop();
});

beforeEach(async () => {
  url = await server.createDatabase();
});

afterEach(async () => {
  await proxy.heal();
  await Promise.all(started.splice(0).map((postgres) => postgres.onApplicationShutdown()));
});

describe('migrations', () => {
  onServer('run once although three replicas start together', async () => {
    const replicas = await Promise.all([migrated(url), migrated(url), migrated(url)]);
    expect(replicas.every((replica) => replica.migrated)).toBe(true);
    const names = await execute(url, 'select name from traces order by at');
    expect(names).toEqual([{ name: '001' }, { name: '002' }]);
  });

  it('let an older replica start on what a newer one has done', async () => {
    await migrated(url);
    const older = await migrated(url, { '001-traces': leavesTraces['001-traces'] });
    expect(await answer(older)).toEqual({ one: 1 });
    await migrated(url);
    expect(await execute(url, 'select count(*)::int as n from traces')).toEqual([{ n: 2 }]);
  });

  it('leave nothing behind when one fails, and are tried again', async () => {
    let attempts = 0;
    const failsOnce: FeatureMigrations = {
      ...leavesTraces,
      '003-fails-once': {
        up: (db: Kysely<unknown>) =>
          (attempts += 1) === 1
            ? sql`select no_such_column`.execute(db).then(() => undefined)
            : Promise.resolve(),
      },
    };
    const postgres = postgresAt(url, failsOnce);
    await postgres.onModuleInit();
    await waitFor(() => attempts === 1, { what: 'the failing migration' });
    expect(await execute(url, `select to_regclass('traces') as traces`)).toEqual([{ traces: null }]);
    await postgres.whenMigrated();
    expect(attempts).toBe(2);
  });

  it('refuses a feature that registers twice or after the boot', async () => {
    const postgres = postgresAt(url);
    expect(() => postgres.migrations.register('things', {})).toThrow('registered twice');
    expect(() => postgres.migrations.register('no good', {})).toThrow('Not a name');
    await postgres.onModuleInit();
    await postgres.whenMigrated();
    expect(() => postgres.migrations.register('late', {})).toThrow('too late');
  });
});

describe('an absent database', () => {
  it('does not stop the boot; queries are refused at once until it answers', async () => {
    proxy.drop();
    const postgres = postgresAt(through(url));
    const before = performance.now();
    await postgres.onModuleInit();
    const error: unknown = await answer(postgres).catch((reason: unknown) => reason);
    expect(performance.now() - before).toBeLessThan(SLACK_MS);
    expect(error).toBeInstanceOf(DatabaseUnavailableError);
    expect(error).toMatchObject({ code: 'DATABASE_UNAVAILABLE', status: 503, retryAfterMs: 1000 });
    await expect(postgres.ping()).rejects.toBeInstanceOf(DatabaseUnavailableError);
    expect(postgres.migrated).toBe(false);
    await proxy.restore();
    await postgres.whenMigrated();
    expect(await answer(postgres)).toEqual({ one: 1 });
  });

  it('does not hold the shutdown up', async () => {
    proxy.drop();
    const postgres = postgresAt(through(url));
    await postgres.onModuleInit();
    const before = performance.now();
    await postgres.onApplicationShutdown();
    expect(performance.now() - before).toBeLessThan(SLACK_MS);
  });

  it('is used again when it is back', async () => {
    const postgres = await migrated(through(url));
    await answer(postgres);
    proxy.drop();
    await expect(answer(postgres)).rejects.toBeInstanceOf(DatabaseUnavailableError);
    await expect(postgres.ping()).rejects.toBeInstanceOf(DatabaseUnavailableError);
    await proxy.restore();
    expect(await answer(postgres)).toEqual({ one: 1 });
  });
});

describe('a silent database', () => {
  it('fails a query within the deadline, and its connection is not used again', async () => {
    const postgres = await migrated(through(url));
    await answer(postgres);
    proxy.stall();
    const before = performance.now();
    await expect(answer(postgres)).rejects.toBeInstanceOf(DatabaseUnavailableError);
    expect(performance.now() - before).toBeLessThan(DEADLINE_MS + SLACK_MS);
    proxy.resume();
    expect(await answer(postgres)).toEqual({ one: 1 });
  });

  it('does not hold the shutdown up', async () => {
    const postgres = await migrated(through(url));
    await answer(postgres);
    proxy.stall();
    const before = performance.now();
    await postgres.onApplicationShutdown();
    expect(performance.now() - before).toBeLessThan(SLACK_MS);
  });
});

describe('a busy database', () => {
  onServer('cancels a statement at the deadline', async () => {
    const postgres = await migrated(url);
    const before = performance.now();
    await expect(sql`select pg_sleep(30)`.execute(postgres.db())).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      cause: { code: '57014' },
    });
    expect(performance.now() - before).toBeLessThan(DEADLINE_MS + SLACK_MS);
  });

  onServer('refuses a query that gets no connection within the deadline', async () => {
    const postgres = await migrated(url, leavesTraces, 2000);
    let holding = 0;
    let enough = false;
    const holders = Array.from({ length: MAX_CONNECTIONS }, () =>
      postgres
        .db()
        .transaction()
        .execute(async (trx) => {
          holding += 1;
          while (!enough) await sql`select pg_sleep(0.05)`.execute(trx);
        }),
    );
    await waitFor(() => holding === MAX_CONNECTIONS, { what: 'all connections to be in use' });
    await expect(answer(postgres)).rejects.toBeInstanceOf(DatabaseUnavailableError);
    enough = true;
    await Promise.all(holders);
    expect(await answer(postgres)).toEqual({ one: 1 });
  });

  onServer('survives that the server ends its sessions, idle or in use', async () => {
    const postgres = await migrated(url, leavesTraces, 30_000);
    const endAll = () =>
      execute(
        url,
        'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $$holdfast$$',
      );
    await answer(postgres);
    await endAll();
    await waitFor(() => answer(postgres), { what: 'a new connection' });
    const sleep = sql`select pg_sleep(20)`;
    const inUse = sleep.execute(postgres.db());
    const transaction = postgres
      .db()
      .transaction()
      .execute((trx) => sleep.execute(trx));
    // The next query in the same turn: the socket of the ended session still looks open.
    const next = inUse.catch(() => answer(postgres));
    const outcomes = Promise.allSettled([inUse, transaction]);
    const busy = () => execute(url, `select from pg_stat_activity where query like '%sleep(20)'`);
    await waitFor(async () => (await busy()).length === 2, { what: 'both sessions to be busy' });
    await endAll();
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'DATABASE_UNAVAILABLE' } });
    }
    expect(await next).toEqual({ one: 1 });
    expect(await answer(postgres)).toEqual({ one: 1 });
  });
});
