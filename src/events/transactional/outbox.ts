import { Injectable } from '@nestjs/common';
import { sql, type Transaction } from 'kysely';
import type { CloudEvent } from '../streams/cloud-event.js';
import { type EventDraft, toEventText } from '../streams/event-text.js';
import { sourceOf } from '../streams/streams.service.js';
import { OutboxRelay } from './outbox-relay.js';

/**
 * Events that are published if, and only if, a transaction commits: they are written to a table in it, and {@link OutboxRelay} moves
 * them to their streams afterwards. Injectable.
 */
@Injectable()
export class Outbox {
  constructor(private readonly relay: OutboxRelay) {}

  /**
   * Writes events in the caller's transaction, to be published in this order once it has committed. Each is in its stream at
   * least once and, unless its relay takes longer than a day, exactly once. What one transaction writes after another has
   * committed follows that one's events. One query, O(events); no round trip to Redis.
   *
   * @param transaction of the database that `Postgres` gives.
   * @param events CloudEvents, or what is to be one; `time` is now unless given.
   * @throws ValidationFailedError, EventTooLargeError: nothing was sent, and the transaction goes on; DatabaseUnavailableError.
   */
  async add<Tables>(
    transaction: Transaction<Tables>,
    stream: string,
    ...events: readonly (CloudEvent | EventDraft)[]
  ): Promise<void> {
    const source = sourceOf(stream);
    const texts = events.map((event) => toEventText(event, source).text);
    if (texts.length === 0) return;
    // As one value: a statement has a bound on how many it takes. `unnest` gives its rows, and so their ids, in this order.
    await sql`
      insert into events_outbox (stream, event)
      select ${Buffer.from(stream)}::bytea, event from unnest(${texts}::text[]) with ordinality as written (event, place)
      order by place`.execute(transaction);
    this.relay.expect();
  }
}
