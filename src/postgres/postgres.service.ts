import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Kysely, PostgresDialect } from 'kysely';
import { Pool, type PoolConfig } from 'pg';
import { Settings } from '../config/index.js';
import { EmbeddedPostgres } from './embedded/embedded-postgres.js';
import { DatabaseUnavailableError } from './postgres.errors.js';
import { Migrations } from './postgres.migrations.js';
import { ObservedPool } from './postgres.pool.js';
import { resultTypes } from './postgres.types.js';

const MAX_CONNECTIONS = 10;
const MIGRATION_RETRY_MS = 1000;
const CLOSE_TIMEOUT_MS = 2000;
/** The server cancels a statement at the deadline; only one that is silent beyond this loses the connection. */
const SILENCE_SLACK_MS = 500;

/** The cold store: one pool of connections to the Postgres of DATABASE_URL, or to an embedded one. Injectable. */
@Injectable()
export class Postgres implements OnModuleInit, OnApplicationShutdown {
  /** Where a feature registers its tables, in its constructor. */
  readonly migrations = new Migrations();
  private readonly kysely = new Kysely<unknown>({
    dialect: new PostgresDialect({ pool: () => this.open() }),
  });
  private readonly logger = new Logger('Postgres');
  private readonly closing = new AbortController();
  private pool?: Promise<ObservedPool>;
  private statements = 0;
  private isMigrated = false;
  private migrating: Promise<void> = Promise.resolve();
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly settings: Settings,
    private readonly embedded: EmbeddedPostgres,
  ) {}

  /**
   * Queries over the feature's own tables, each a round trip.
   * They throw DatabaseUnavailableError while the database is away or not migrated; other errors are pg's own.
   */
  db<Tables>(): Kysely<Tables> {
    return this.kysely as Kysely<Tables>;
  }

  /** Statements that the features have sent since the start, `begin` and `commit` among them. */
  get queries(): number {
    return this.statements;
  }

  /** True once every table is there. */
  get migrated(): boolean {
    return this.isMigrated;
  }

  /** Settles when {@link migrated} becomes true. */
  whenMigrated(): Promise<void> {
    return this.isMigrated ? Promise.resolve() : new Promise((done) => this.waiting.push(done));
  }

  /**
   * One round trip, which `queries` does not count.
   *
   * @throws DatabaseUnavailableError
   */
  async ping(): Promise<void> {
    await (await this.open()).ping();
  }

  /** A server may come later: its absence does not stop the boot. The embedded one is awaited. */
  async onModuleInit(): Promise<void> {
    if (this.migrations.none) this.finishMigration();
    else if (this.settings.databaseUrl) this.migrating = this.migrateOnceReachable();
    else await this.migrate();
  }

  /** After the HTTP server has closed. A server that is silent gets no farewell. */
  async onApplicationShutdown(): Promise<void> {
    this.closing.abort();
    const closed = Promise.allSettled([this.migrating, this.pool?.then((pool) => pool.end())]);
    await Promise.race([closed, pause(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
    await this.embedded.stop();
  }

  private async migrateOnceReachable(): Promise<void> {
    let reported: string | undefined;
    while (!this.isMigrated && !this.closing.signal.aborted) {
      try {
        await this.migrate();
      } catch (error) {
        const reason = reasonOf(error);
        if (reason !== reported) this.logger.error(`not migrated, trying again: ${reason}`);
        reported = reason;
        await pause(MIGRATION_RETRY_MS, undefined, { signal: this.closing.signal }).catch(() => undefined);
      }
    }
  }

  /**
   * Over a connection of its own: a migration may run as long as it must, but waits no longer than the deadline
   * for a lock on a table, because every query after it would queue behind it.
   */
  private async migrate(): Promise<void> {
    const pool = await this.connect({ max: 1, lock_timeout: this.settings.databaseTimeoutMs });
    const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
    try {
      await this.migrations.run(db);
    } finally {
      await pool.end();
    }
    this.finishMigration();
  }

  private finishMigration(): void {
    this.isMigrated = true;
    for (const done of this.waiting.splice(0)) done();
  }

  /** Kysely asks for the pool before its first query, and again as long as this throws. */
  private async open(): Promise<ObservedPool> {
    if (!this.isMigrated) throw new DatabaseUnavailableError({ cause: new Error('not migrated yet') });
    const timeoutMs = this.settings.databaseTimeoutMs;
    const options: PoolConfig = {
      max: MAX_CONNECTIONS,
      statement_timeout: timeoutMs,
      query_timeout: timeoutMs + SILENCE_SLACK_MS,
      idle_in_transaction_session_timeout: timeoutMs,
    };
    return (this.pool ??= this.connect(options, () => (this.statements += 1)));
  }

  /** The embedded database replaces what it cannot have: it is one session, and its statements cannot be cancelled. */
  private async connect(options: PoolConfig, onQuery?: () => void): Promise<ObservedPool> {
    const { databaseUrl, databaseTimeoutMs } = this.settings;
    const place = databaseUrl ? { connectionString: databaseUrl } : await this.embedded.start();
    return new ObservedPool(
      new Pool({
        ...options,
        types: resultTypes,
        application_name: 'holdfast',
        connectionTimeoutMillis: databaseTimeoutMs,
        keepAlive: true,
        ...place,
      }),
      onQuery,
    );
  }
}

/** An unavailable database has the same message always; why is in its cause. */
function reasonOf(error: unknown): string {
  const { cause } = error as Error;
  const { code, message } = (cause ?? error) as NodeJS.ErrnoException;
  return message || code || String(error);
}
