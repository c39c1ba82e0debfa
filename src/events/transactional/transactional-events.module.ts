import { Module } from '@nestjs/common';
import { StreamsModule } from '../streams/streams.module.js';
import { Outbox } from './outbox.js';
import { OutboxRelay } from './outbox-relay.js';
import { TransactionalInbox } from './transactional-inbox.js';

/** Events together with Postgres, for who imports it: streams by themselves need none. */
@Module({
  imports: [StreamsModule],
  providers: [Outbox, OutboxRelay, TransactionalInbox],
  exports: [Outbox, TransactionalInbox],
})
export class TransactionalEventsModule {}
