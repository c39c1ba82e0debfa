import { Injectable } from '@nestjs/common';
import { Metrics } from '../../observability/index.js';

/** Counts events and readers, never by stream: its name is an id. */
@Injectable()
export class StreamsMetrics {
  private readonly stored;
  private readonly refused;

  constructor(private readonly metrics: Metrics) {
    const published = metrics.tallies('stream_events_published_total', 'Events published to streams.', [
      'outcome',
    ]);
    this.stored = published({ outcome: 'stored' });
    this.refused = published({ outcome: 'unavailable' });
  }

  published(events: number): void {
    this.stored.added += events;
  }

  /** They may have been stored all the same. */
  failed(events: number): void {
    this.refused.added += events;
  }

  /** Shows how many clients follow streams at this process. */
  showFollowers(count: () => number): void {
    const help = 'Clients of event streams that are up to date with their stream.';
    this.metrics.gauge('stream_followers', help, [], (gauge) => gauge.set(count()));
  }
}
