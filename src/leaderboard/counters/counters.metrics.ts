import { Injectable } from '@nestjs/common';
import { Metrics } from '../../observability/index.js';
import { StateStoreUnavailableError } from '../../redis/index.js';
import { CounterOutOfRangeError } from './counters.errors.js';

/** How it was asked for: with an answer, or coalesced. */
type Kind = 'increment' | 'count';

/** Counts what became of increments, never by name: names are ids. */
@Injectable()
export class CountersMetrics {
  private readonly outcomes;

  constructor(private readonly metrics: Metrics) {
    const increments = metrics.tallies('counter_increments_total', 'Increments of counters.', [
      'kind',
      'outcome',
    ]);
    const of = (kind: Kind) => ({
      counted: increments({ kind, outcome: 'counted' }),
      outOfRange: increments({ kind, outcome: 'out_of_range' }),
      unavailable: increments({ kind, outcome: 'unavailable' }),
    });
    this.outcomes = { increment: of('increment'), count: of('count') };
  }

  counted(kind: Kind, increments: number): void {
    this.outcomes[kind].counted.added += increments;
  }

  failed(kind: Kind, increments: number, error: unknown): void {
    const { outOfRange, unavailable } = this.outcomes[kind];
    if (error instanceof CounterOutOfRangeError) outOfRange.added += increments;
    else if (error instanceof StateStoreUnavailableError) unavailable.added += increments;
  }

  /** Shows how many counters have counts that Redis has not. */
  showWaiting(count: () => number): void {
    const help = 'Counters with coalesced counts that have not reached Redis.';
    this.metrics.gauge('counter_counts_waiting', help, [], (gauge) => gauge.set(count()));
  }
}
