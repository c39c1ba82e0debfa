import { Injectable, Module, type Type } from '@nestjs/common';
import { type Kysely, sql, type Transaction } from 'kysely';
import {
  Outbox,
  type StoredEvent,
  StreamsService,
  TransactionalEventsModule,
} from '../../src/events/index.js';
import { HttpModule } from '../../src/http/index.js';
import { ObservabilityModule } from '../../src/observability/index.js';
import { Postgres, PostgresModule } from '../../src/postgres/index.js';
import { RedisModule } from '../../src/redis/index.js';

interface Tables {
  accounts: { id: string; version: number };
}

/** Accounts whose every change is an event of the same transaction. */
@Injectable()
export class Accounts {
  readonly db: Kysely<Tables>;

  constructor(
    private readonly outbox: Outbox,
    postgres: Postgres,
  ) {
    postgres.migrations.register('accounts', {
      '001-accounts': {
        up: async (db) => {
          await sql`create table accounts (id text primary key, version integer not null default 0)`.execute(
            db,
          );
        },
      },
    });
    this.db = postgres.db<Tables>();
  }

  /** Counts an account up, and tells its version to a stream. */
  change(id: string, stream: string): Promise<number> {
    return this.db.transaction().execute(async (trx) => {
      const version = await this.increment(trx, id);
      await this.outbox.add(trx, stream, { type: 'account.changed', key: id, data: { id, version } });
      return version;
    });
  }

  /** The row stays locked until the transaction ends. */
  async increment(trx: Transaction<Tables>, id: string): Promise<number> {
    const { rows } = await sql<{ version: number }>`
      insert into accounts (id, version) values (${id}, 1)
      on conflict (id) do update set version = accounts.version + 1 returning version`.execute(trx);
    return rows[0].version;
  }

  /** 0 for one that is not there. */
  async version(id: string): Promise<number> {
    const found = await this.db
      .selectFrom('accounts')
      .select('version')
      .where('id', '=', id)
      .executeTakeFirst();
    return found?.version ?? 0;
  }
}

/** An app with streams and Postgres, and the given providers. */
export function transactionalApp(...providers: Type[]): Type {
  @Module({ imports: [TransactionalEventsModule], providers: [Accounts, ...providers] })
  class AccountsModule {}
  @Module({ imports: [HttpModule, RedisModule, PostgresModule, ObservabilityModule, AccountsModule] })
  class TransactionalApp {}
  return TransactionalApp;
}

export interface AccountChange {
  readonly id: string;
  readonly version: number;
}

/** All events of a stream. */
export async function readAll(streams: StreamsService, stream: string): Promise<StoredEvent[]> {
  const all: StoredEvent[] = [];
  for (let after: string | undefined; ;) {
    const { items, nextCursor } = await streams.read(stream, { after, limit: 1000 });
    all.push(...items);
    if (nextCursor === null) return all;
    after = nextCursor;
  }
}
