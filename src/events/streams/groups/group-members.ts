import { hostname } from 'node:os';
import { Injectable, Logger } from '@nestjs/common';
import { StateStoreUnavailableError } from '../../../redis/index.js';
import { decodeEvent } from '../entry.js';
import { Inbox } from '../inbox.js';
import { Retention } from '../retention/retention.js';
import type { StreamSubscription } from './decorators/on-stream.decorator.js';
import type { StreamHandler } from './delivery.js';
import { type ConsumerObserver, GroupConsumer } from './group-consumer.js';
import { assertName } from './group-options.js';
import { GroupStores } from './group-store.js';
import { GroupsMetrics } from './groups.metrics.js';
import { Member } from './member.js';
import { completeOptions } from './member-options.js';

/** Makes members of groups. */
@Injectable()
export class GroupMembers {
  private readonly logger = new Logger('Streams');

  constructor(
    private readonly stores: GroupStores,
    private readonly inbox: Inbox,
    private readonly retention: Retention,
    private readonly metrics: GroupsMetrics,
  ) {}

  /** A member that has not begun. @throws ValidationFailedError for a name or an option that is not valid. */
  make({ stream, options }: StreamSubscription, handler: StreamHandler): Member {
    const { group } = options;
    assertName('stream', stream);
    assertName('group', group);
    const { maxDeliveries, ackTimeoutMs, backoffMs, concurrency, startAt } = completeOptions(options);
    const store = this.stores.of(stream, group);
    const setup = {
      maxDeliveries,
      ackTimeoutMs,
      backoffMs,
      consumer: `${hostname()}:${process.pid}:${this.inbox.process}`,
      concurrency,
      startAt: startAt === 'now' ? '$' : '0',
    };
    const consumer = new GroupConsumer(
      store,
      { handler, decode: decodeEvent },
      setup,
      this.observer(stream, group),
    );
    this.metrics.show(store);
    return new Member(consumer, ackTimeoutMs, (wake) => this.inbox.onWake(store.streamKey, wake));
  }

  private observer(stream: string, group: string): ConsumerObserver {
    const deliveries = this.metrics.deliveries(stream, group);
    return {
      settled: (outcome, count) => {
        deliveries[outcome].added += count;
        if (outcome === 'acknowledged') this.retention.grown(stream, count);
      },
      failed: (what, error) => {
        // Counted and reported by whoever talks to Redis.
        if (error instanceof StateStoreUnavailableError) return;
        this.logger.warn(`${stream} ${group}: ${what}: ${error.message}`);
      },
    };
  }
}
