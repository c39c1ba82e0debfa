import type { ColumnType, Generated } from 'kysely';

/** Columns in snake_case, as the statements name them. */
export interface TransactionalTables {
  events_outbox: OutboxTable;
  events_inbox: InboxTable;
}

/** What has been written in a transaction and is not in its stream yet. */
export interface OutboxTable {
  /** pg gives a `bigint` as text. In the order of writing. */
  id: ColumnType<string, never, never>;
  /** UTF-8: text of Postgres has no NUL. */
  stream: Buffer;
  /** A CloudEvent as JSON. */
  event: string;
  created_at: Generated<Date>;
}

/** Which event has had its effect. */
export interface InboxTable {
  /** SHA-256 of the stream, the group, and what the event is known by. */
  digest: Buffer;
  handled_at: Generated<Date>;
}
