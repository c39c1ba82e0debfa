import { rmSync } from 'node:fs';
import path from 'node:path';
import { Controller, Module, Put } from '@nestjs/common';
import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import { IdParam } from '../../src/http/index.js';
import {
  Fenced,
  FencingMarks,
  type Lease,
  LocksModule,
  LocksService,
  notFenced,
} from '../../src/locks/index.js';
import { TestApp } from '../support/app.js';
import { codeOf, locksWith } from '../support/locks.js';
import { dataFolderWithPostgres } from '../support/postgres.js';
import { TestRedis } from '../support/redis-server.js';

const WEEK_US = 604_800_000_000n;

@Controller('accounts')
class AccountsController {
  @Put(':id')
  @Fenced('account:{id}')
  write(@IdParam('id') id: string): { id: string } {
    return { id };
  }

  @Put()
  @Fenced('account:{id}')
  nameless(): void {}
}

@Module({ imports: [LocksModule], controllers: [AccountsController] })
class AccountsModule {}

interface Accounts {
  accounts: { id: number; balance: number; fence: string | null };
}

/** Builds statements, and sends none. */
const build = new Kysely<Accounts>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

let redis: TestRedis;
let app: TestApp;
let late: Lease;
let current: Lease;

/** Kleppmann's case: a holder that was held up does not know that its lease is over, and another has it. */
beforeAll(async () => {
  redis = await TestRedis.start();
  app = await TestApp.start({ REDIS_URL: redis.url }, locksWith(AccountsModule));
  const locks = app.get(LocksService);
  late = await locks.acquire('account', { ttlMs: 50 });
  current = await locks.acquire('account', { ttlMs: 60_000, waitMs: 10_000 });
});

describe('a write under a lease that is over', () => {
  it('is refused by a mark in Redis once another was there', async () => {
    const marks = app.get(FencingMarks);
    // Until then nobody has written under the later lease, and nothing is lost.
    await marks.admit('account', late.fencingToken);
    await marks.admit('account', current.fencingToken);
    expect(await codeOf(marks.admit('account', late.fencingToken))).toBe('FENCING_TOKEN_STALE');
    await marks.admit('account', current.fencingToken);
    await marks.admit('other', late.fencingToken);
    expect(await redis.client.pttl('holdfast:default:locks:{account}:mark')).toBeGreaterThan(0);
  });

  it('is refused also when the mark has gone, once it is older than a mark lives', async () => {
    const marks = app.get(FencingMarks);
    await marks.admit('gone', current.fencingToken - WEEK_US + 60_000_000n);
    await redis.client.del('holdfast:default:locks:{gone}:mark');
    expect(await codeOf(marks.admit('gone', current.fencingToken - WEEK_US))).toBe('FENCING_TOKEN_STALE');
  });

  it('changes no row of a table', async () => {
    const { PGlite } = await import('@electric-sql/pglite');
    const folder = await dataFolderWithPostgres();
    const database = await PGlite.create(path.join(folder, 'postgres'));
    await database.exec(
      'create table accounts (id int, balance int, fence bigint); insert into accounts values (1, 0, null)',
    );
    const write = async (balance: number, { fencingToken }: Lease) => {
      const { sql, parameters } = build
        .updateTable('accounts')
        .set({ balance, fence: String(fencingToken) })
        .where('id', '=', 1)
        .where(notFenced('fence', fencingToken))
        .compile();
      return (await database.query(sql, [...parameters])).affectedRows;
    };
    expect(await write(1, late)).toBe(1);
    expect(await write(2, current)).toBe(1);
    expect(await write(3, current)).toBe(1);
    expect(await write(4, late)).toBe(0);
    const { rows } = await database.query('select balance, fence from accounts');
    expect(rows).toEqual([{ balance: 3, fence: Number(current.fencingToken) }]);
    await database.close();
    rmSync(folder, { recursive: true });
  });

  it('does not reach the handler of a fenced route', async () => {
    const put = (token?: string) => {
      const headers: Record<string, string> = token === undefined ? {} : { 'fencing-token': token };
      return app.request('PUT', '/accounts/7', { headers });
    };
    expect((await put(String(current.fencingToken))).body).toEqual({ id: '7' });
    const refused = await put(String(late.fencingToken));
    expect([refused.status, refused.body.code]).toEqual([409, 'FENCING_TOKEN_STALE']);
    expect((await put(String(current.fencingToken))).status).toBe(200);
    for (const token of [undefined, '', '-1', '0', '1e9', '9'.repeat(30), 'x']) {
      expect((await put(token)).body.code).toBe('VALIDATION_FAILED');
    }
    // A template that the route cannot fill is a mistake of the code, and no mark that all share.
    const headers = { 'fencing-token': String(current.fencingToken) };
    expect((await app.request('PUT', '/accounts', { headers })).status).toBe(500);
    const marks = (await redis.keys()).filter((key) => key.includes('{account%3a'));
    expect(marks).toEqual(['holdfast:default:locks:{account%3a7}:mark']);
  });
});
