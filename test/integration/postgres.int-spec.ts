import { rmSync } from 'node:fs';
import type { Generated, Kysely } from 'kysely';
import { sql } from 'kysely';
import { readSettings } from '../../src/config/index.js';
import { type EmbeddedPostgres, type FeatureMigrations, Postgres } from '../../src/postgres/index.js';
import {
  dataFolderWithPostgres,
  embeddedPostgres,
  startPostgres,
  type TestPostgres,
} from '../support/postgres.js';

interface Tables {
  things: { id: Generated<number>; name: string; amount: string | null };
}

const migrations: FeatureMigrations = {
  '001-things': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable('things')
        .addColumn('id', 'serial', (column) => column.primaryKey())
        .addColumn('name', 'text', (column) => column.notNull().unique())
        .addColumn('amount', 'bigint')
        .execute();
    },
  },
};

async function boot(environment: Record<string, string>, embedded: EmbeddedPostgres, set = migrations) {
  const postgres = new Postgres(readSettings(environment), embedded);
  postgres.migrations.register('things', set);
  await postgres.onModuleInit();
  await postgres.whenMigrated();
  return postgres;
}

/** What pg must never be asked for when the database is embedded, and the other way round. */
const noEmbedded = { start: () => Promise.reject(new Error('embedded!')), stop: () => Promise.resolve() };

let server: TestPostgres;
let folder: string;

beforeAll(async () => {
  [server, folder] = [await startPostgres(), await dataFolderWithPostgres()];
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** One contract, whatever is behind the pool. */
describe.each(['server', 'embedded'] as const)('Postgres on the %s', (place) => {
  let postgres: Postgres;
  let db: Kysely<Tables>;

  beforeAll(async () => {
    postgres =
      place === 'server'
        ? await boot(
            { DATABASE_URL: await server.createDatabase() },
            noEmbedded as unknown as EmbeddedPostgres,
          )
        : await boot({}, embeddedPostgres(folder));
    db = postgres.db<Tables>();
  });

  afterAll(() => postgres.onApplicationShutdown());

  it('is migrated and answers', async () => {
    expect(postgres.migrated).toBe(true);
    await expect(postgres.ping()).resolves.toBeUndefined();
    expect(await db.selectFrom('things').selectAll().execute()).toEqual([]);
  });

  it('gives each type as one JavaScript type', async () => {
    const { rows } = await sql`
      select 9007199254740993::bigint as big, 1.50::numeric as num, 2::int as int, 0.5::float8 as float,
        date '2001-02-03' as day, timestamptz '2001-02-03 04:05:06.789Z' as instant, true as yes,
        null::text as nothing, '{"a":[1,null]}'::jsonb as json, array['a','b'] as texts,
        array[1,2]::bigint[] as bigs, '\\x00ff'::bytea as bytes, 'é€😀' as text
    `.execute(db);
    expect(rows).toEqual([
      {
        big: '9007199254740993',
        num: '1.50',
        int: 2,
        float: 0.5,
        day: '2001-02-03',
        instant: new Date('2001-02-03T04:05:06.789Z'),
        yes: true,
        nothing: null,
        json: { a: [1, null] },
        texts: ['a', 'b'],
        bigs: ['1', '2'],
        bytes: Buffer.from([0, 255]),
        text: 'é€😀',
      },
    ]);
  });

  it('takes each JavaScript type as a parameter', async () => {
    const instant = new Date('2001-02-03T04:05:06.789Z');
    const { rows } = await sql`
      select ${9_007_199_254_740_993n}::bigint as big, ${1.5}::numeric as num, ${instant}::timestamptz as instant,
        ${{ a: ['é'] }}::jsonb as json, ${['a', 'b"c']}::text[] as texts, ${null}::int as nothing, ${false}::bool as no,
        ${Buffer.from([0, 255])}::bytea as bytes
    `.execute(db);
    expect(rows).toEqual([
      {
        big: '9007199254740993',
        num: '1.5',
        instant,
        json: { a: ['é'] },
        texts: ['a', 'b"c'],
        nothing: null,
        no: false,
        bytes: Buffer.from([0, 255]),
      },
    ]);
  });

  it('leaves the meaning of a broken constraint to the feature', async () => {
    await db.insertInto('things').values({ name: 'once' }).execute();
    const again = db.insertInto('things').values({ name: 'once' }).execute();
    await expect(again).rejects.toMatchObject({ code: '23505', constraint: 'things_name_key' });
    await expect(sql`select nope`.execute(db)).rejects.toMatchObject({ code: '42703' });
    await expect(sql`select ${'a\0b'}::text`.execute(db)).rejects.toMatchObject({ code: '22021' });
    await expect(postgres.ping()).resolves.toBeUndefined();
  });

  it('keeps transactions apart and undoes a failed one', async () => {
    const add = (name: string, fails: boolean) =>
      db.transaction().execute(async (trx) => {
        await trx.insertInto('things').values({ name }).execute();
        await sql`select pg_sleep(0.01)`.execute(trx);
        if (fails) throw new Error('undo');
      });
    const outcomes = await Promise.allSettled([1, 2, 3, 4, 5, 6].map((n) => add(`tx-${n}`, n % 2 === 0)));
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([
      true,
      false,
      true,
      false,
      true,
      false,
    ]);
    const rows = await db
      .selectFrom('things')
      .select('name')
      .where('name', 'like', 'tx-%')
      .orderBy('name')
      .execute();
    expect(rows.map(({ name }) => name)).toEqual(['tx-1', 'tx-3', 'tx-5']);
  });

  it('answers many queries at once, each with its own rows', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => sql<{ n: number }>`select ${n}::int as n`.execute(db)),
    );
    expect(answers.map(({ rows }) => rows[0].n)).toEqual(Array.from({ length: 200 }, (_, n) => n));
  });

  it('carries megabytes either way', async () => {
    const text = 'x€'.repeat(400_000);
    const { rows } = await sql<{ text: string }>`select ${text}::text as text`.execute(db);
    expect(rows[0].text === text).toBe(true);
  });

  it('counts the statements of the features', async () => {
    const before = postgres.queries;
    await postgres.ping();
    await sql`select 1`.execute(db);
    await sql`select nope`.execute(db).catch(() => undefined);
    await db.transaction().execute((trx) => sql`select 1`.execute(trx));
    expect(postgres.queries - before).toBe(5);
  });
});

describe('the embedded database', () => {
  it('keeps its rows over a restart', async () => {
    const first = await boot({}, embeddedPostgres(folder));
    await first.db<Tables>().insertInto('things').values({ name: 'kept' }).execute();
    await first.onApplicationShutdown();
    const second = await boot({}, embeddedPostgres(folder));
    const kept = await second
      .db<Tables>()
      .selectFrom('things')
      .where('name', '=', 'kept')
      .selectAll()
      .execute();
    await second.onApplicationShutdown();
    expect(kept).toHaveLength(1);
  });
});
