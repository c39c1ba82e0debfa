import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { type Kysely, sql, type Transaction } from 'kysely';
import { Metrics, type Tally } from '../../observability/index.js';
import { DatabaseUnavailableError, Postgres } from '../../postgres/index.js';
import { StateStoreUnavailableError } from '../../redis/index.js';
import type { CloudEvent } from '../streams/cloud-event.js';
import { StreamsService } from '../streams/streams.service.js';
import { transactionalMigrations } from './transactional.migrations.js';
import type { TransactionalTables } from './transactional.tables.js';

/** How soon after a write its transaction may have committed; the pause doubles from there on. */
const SOONEST_MS = 5;
/** How long what another process has written, and died, can lie. */
const LATEST_MS = 500;
/** Rows a step. */
const MAX_ROWS = 500;
/** Characters a step; one event of any size is taken. */
const MAX_SIZE = 4_194_304;
/** Names the lock on relaying: what two processes send is stored once, but sent twice. */
const RELAY_LOCK = 0x6f7574626f78;

type Row = { id: string; stream: Buffer; event: string };

/**
 * Moves what transactions have written to the outbox to its streams, in its order. One process of the fleet does at a time, which
 * the advisory lock of its transaction decides. It removes rows in the transaction in which it has read them, after they
 * were stored: who dies in between leaves them to the next one, whose events are recognised by `source` and `id`.
 */
@Injectable()
export class OutboxRelay implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly db: Kysely<TransactionalTables>;
  private readonly logger = new Logger('Outbox');
  private readonly relayed: Tally;
  private readonly failed: Tally;
  /** Streams that have refused their events in this run; their rows wait, and those of others do not. */
  private readonly refusing = new Set<string>();
  private ageSeconds = Number.NaN;
  private pauseMs = LATEST_MS;
  private timer?: NodeJS.Timeout;
  private running?: Promise<void>;
  private isClosing = false;

  constructor(
    postgres: Postgres,
    private readonly streams: StreamsService,
    metrics: Metrics,
  ) {
    postgres.migrations.register('events', transactionalMigrations);
    this.db = postgres.db<TransactionalTables>();
    this.relayed = metrics.tallies(
      'outbox_events_relayed_total',
      'Events moved from the outbox to streams.',
      [],
    )({});
    const failures = 'Attempts to relay that the database has failed.';
    this.failed = metrics.tallies('outbox_failures_total', failures, [])({});
    const help =
      'Age of the oldest event in the outbox when it was looked at last; NaN while that is not known.';
    metrics.gauge('outbox_age_seconds', help, [], (gauge) => gauge.set(this.ageSeconds));
  }

  onApplicationBootstrap(): void {
    this.lookIn(SOONEST_MS);
  }

  /** Something has been written in this process: it is looked for soon, as its transaction is about to end. */
  expect(): void {
    this.pauseMs = SOONEST_MS;
    if (!this.running) this.lookIn(SOONEST_MS);
  }

  /** What is under way is finished; what is left, others relay. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isClosing = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private lookIn(ms: number): void {
    if (this.isClosing) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.running = this.run().finally(() => {
        this.running = undefined;
        this.pauseMs = Math.min(2 * this.pauseMs, LATEST_MS);
        this.lookIn(this.pauseMs);
      });
    }, ms).unref();
  }

  private async run(): Promise<void> {
    this.refusing.clear();
    try {
      let isMore = await this.look();
      while (isMore && !this.isClosing) isMore = await this.db.transaction().execute((trx) => this.step(trx));
    } catch (error) {
      this.ageSeconds = Number.NaN;
      this.failed.added += 1;
      // A database that is away is nothing to say again every half second.
      if (error instanceof DatabaseUnavailableError) return;
      this.logger.error(`not relayed, trying again: ${(error as Error).message}`);
    }
  }

  /** One query, O(1): all that an idle process asks. */
  private async look(): Promise<boolean> {
    const { rows } = await sql<{ age: number }>`
      select extract(epoch from clock_timestamp() - created_at)::float8 as age
      from events_outbox order by id limit 1`.execute(this.db);
    this.ageSeconds = Math.max(0, rows[0]?.age ?? 0);
    return rows.length > 0;
  }

  /** @returns whether there may be more to relay now. */
  private async step(trx: Transaction<TransactionalTables>): Promise<boolean> {
    const lock = await sql<{
      mine: boolean;
    }>`select pg_try_advisory_xact_lock(${RELAY_LOCK}::bigint) as mine`.execute(trx);
    if (!lock.rows[0].mine) return false;
    const rows = await this.next(trx);
    const stored = await this.publish(rows);
    if (stored.length > 0) {
      await sql`delete from events_outbox where id = any(${stored.map(({ id }) => id)}::bigint[])`.execute(
        trx,
      );
    }
    this.relayed.added += stored.length;
    return rows.length > 0;
  }

  /** The oldest ones: as many as are a step together. */
  private async next(trx: Transaction<TransactionalTables>): Promise<Row[]> {
    const refusing = [...this.refusing].map((stream) => Buffer.from(stream));
    const { rows } = await sql<Row>`
      select id, stream, event from (
        select id, stream, event, sum(length(event)) over (order by id) - length(event) as before from (
          select id, stream, event from events_outbox
          where stream <> all(${refusing}::bytea[]) order by id limit ${MAX_ROWS}
        ) as oldest
      ) as measured
      where before < ${MAX_SIZE} order by id`.execute(trx);
    return rows;
  }

  /** @returns those that are stored. */
  private async publish(rows: readonly Row[]): Promise<Row[]> {
    const all = await Promise.all(
      [...byStream(rows)].map(async ([stream, own]) => {
        try {
          await this.streams.publishMany(
            stream,
            own.map(({ event }) => JSON.parse(event) as CloudEvent),
          );
          return own;
        } catch (error) {
          this.refusing.add(stream);
          // Counted and reported by whoever talks to Redis.
          if (!(error instanceof StateStoreUnavailableError)) {
            this.logger.error(`${stream}: not relayed, trying again: ${(error as Error).message}`);
          }
          return [];
        }
      }),
    );
    return all.flat();
  }
}

function byStream(rows: readonly Row[]): Map<string, Row[]> {
  const streams = new Map<string, Row[]>();
  for (const row of rows) {
    const stream = row.stream.toString();
    const own = streams.get(stream);
    if (own) own.push(row);
    else streams.set(stream, [row]);
  }
  return streams;
}
