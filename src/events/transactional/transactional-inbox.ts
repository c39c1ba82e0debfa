import { createHash } from 'node:crypto';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type Kysely, sql, type Transaction } from 'kysely';
import { DatabaseUnavailableError, Postgres } from '../../postgres/index.js';
import type { CloudEvent } from '../streams/cloud-event.js';
import type { StreamContext } from '../streams/groups/delivery.js';
import type { TransactionalTables } from './transactional.tables.js';

const TIDY_EVERY_MS = 600_000;
/** What is removed at once holds nobody up. */
const MAX_TIDIED = 10_000;

/**
 * Remembers in Postgres which events have had their effect there: the mark is written in the transaction of the effect, so
 * both are there or neither. Injectable.
 */
@Injectable()
export class TransactionalInbox implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly db: Kysely<TransactionalTables>;
  private readonly logger = new Logger('Inbox');
  private timer?: NodeJS.Timeout;

  constructor(postgres: Postgres) {
    this.db = postgres.db<TransactionalTables>();
  }

  /**
   * Runs an effect unless this event had it before: an event that is delivered again, redriven, or published twice by the
   * same `source` and `id`, has one effect for its group. Who comes while another is at it waits for that one's transaction. Marks
   * are kept for 30 days. One query, O(log n), and those of the effect.
   *
   * @param transaction in which the effect does what it does; when it is rolled back, the mark is as well.
   * @param context as the handler was given it.
   * @returns false: it had its effect before, and nothing was done.
   * @throws whatever the effect throws; DatabaseUnavailableError.
   */
  async once<Tables>(
    transaction: Transaction<Tables>,
    event: CloudEvent,
    context: Pick<StreamContext, 'stream' | 'group'>,
    effect: () => unknown,
  ): Promise<boolean> {
    const mark = await sql`
      insert into events_inbox (digest) values (${digestOf(event, context)})
      on conflict do nothing returning 1`.execute(transaction);
    if (mark.rows.length === 0) return false;
    await effect();
    return true;
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.tidy(), TIDY_EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Forgets marks that are older than 30 days, up to 10,000 of them. One query. */
  async tidy(): Promise<void> {
    try {
      await sql`
        delete from events_inbox where digest in (
          select digest from events_inbox where handled_at < now() - interval '30 days'
          order by handled_at limit ${MAX_TIDIED}
        )`.execute(this.db);
    } catch (error) {
      if (error instanceof DatabaseUnavailableError) return;
      this.logger.warn(`old marks were not removed: ${(error as Error).message}`);
    }
  }
}

/** As JSON, in which no two of these lists look the same. */
function digestOf(
  { source, id }: CloudEvent,
  { stream, group }: Pick<StreamContext, 'stream' | 'group'>,
): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([stream, group, source, id]))
    .digest();
}
