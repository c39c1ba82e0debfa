import { Injectable } from '@nestjs/common';
import { Metrics } from '../../../observability/index.js';
import type { GroupStore } from './group-store.js';

/** What handlers of streams do. Their streams and groups stand in the code, so they may be labels. */
@Injectable()
export class GroupsMetrics {
  private readonly stores: GroupStore[] = [];
  private readonly tallies;
  private readonly unhandled;

  constructor(metrics: Metrics) {
    this.tallies = metrics.tallies(
      'stream_deliveries_total',
      'What became of events that handlers were given.',
      ['stream', 'group', 'outcome'],
    );
    const labels = ['stream', 'group'] as const;
    this.unhandled = metrics.tallies(
      'stream_events_unhandled_total',
      'Events of types that no @EventPattern or @MessagePattern of their group names.',
      labels,
    );
    const lag = metrics.gauge(
      'stream_lag',
      'Events that a group was not given yet; absent while unknown.',
      labels,
    );
    const dead = metrics.gauge('stream_dead_letters', 'Dead letters of a group.', labels);
    metrics.gauge(
      'stream_pending',
      'Events that a group was given and has not acknowledged.',
      labels,
      async (pending) => {
        for (const gauge of [lag, dead, pending]) gauge.reset();
        await Promise.all(
          this.stores.map(async (store) => {
            const state = await store.inspect().catch(() => null);
            if (!state) return;
            const of = { stream: store.stream, group: store.group };
            pending.set(of, state.pending);
            dead.set(of, state.deadLetters);
            if (state.lag !== null) lag.set(of, state.lag);
          }),
        );
      },
    );
  }

  /** Shows a group's lag, pending and dead letters at each scrape, one round trip for all groups. */
  show(store: GroupStore): void {
    this.stores.push(store);
  }

  deliveries(stream: string, group: string) {
    const of = (outcome: string) => this.tallies({ stream, group, outcome });
    return {
      acknowledged: of('acknowledged'),
      retried: of('retried'),
      buried: of('buried'),
      lost: of('lost'),
    };
  }

  /** A count of events that were acknowledged without a handler. */
  unhandledBy(stream: string, group: string) {
    return this.unhandled({ stream, group });
  }
}
