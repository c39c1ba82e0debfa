import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type { Pool, PoolClient, QueryResult } from 'pg';
import { DatabaseUnavailableError, endsConnection, toDatabaseError } from './postgres.errors.js';

/**
 * A pool as Kysely uses it, with what pg leaves to its users: statements are counted, faults become one error,
 * a connection that no longer answers is not handed out again, and an error on a connection in use ends the
 * query and not the process.
 */
export class ObservedPool implements PostgresPool {
  /** @param onQuery is called with every statement, `begin` and `commit` among them. */
  constructor(
    private readonly pool: Pool,
    private readonly onQuery: () => void = () => undefined,
  ) {
    // Without listeners Node makes such an error fatal. The query in flight reports it; an idle client is replaced.
    pool.on('connect', (client) => client.on('error', () => undefined));
    pool.on('error', () => undefined);
  }

  /** @throws DatabaseUnavailableError whatever the reason: without a connection nothing has happened. */
  async connect(): Promise<PostgresPoolClient> {
    const client = await this.pool.connect().catch((cause: unknown) => {
      throw new DatabaseUnavailableError({ cause });
    });
    return new ObservedClient(client, this.onQuery);
  }

  /** @throws DatabaseUnavailableError */
  async ping(): Promise<void> {
    await this.pool.query('select 1').catch((cause: unknown) => {
      throw new DatabaseUnavailableError({ cause });
    });
  }

  end(): Promise<void> {
    return this.pool.end();
  }
}

class ObservedClient implements PostgresPoolClient {
  private broken?: Error;

  constructor(
    private readonly client: PoolClient,
    private readonly onQuery: () => void,
  ) {}

  query<R>(statement: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  /** Kysely's other form, a cursor, needs a package that is not installed. */
  query(): never;
  async query(statement?: string, parameters: readonly unknown[] = []): Promise<unknown> {
    // A rollback over a dead connection would wait for another deadline.
    if (this.broken) throw this.broken;
    this.onQuery();
    try {
      return (await this.client.query(statement as string, [...parameters])) satisfies QueryResult;
    } catch (cause) {
      const error = toDatabaseError(cause);
      if (endsConnection(cause)) this.broken = error as Error;
      throw error;
    }
  }

  release(): void {
    this.client.release(this.broken);
  }
}
