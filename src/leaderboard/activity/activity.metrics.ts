import { Injectable } from '@nestjs/common';
import { Metrics } from '../../observability/index.js';
import type { ActivityMode } from './activity.scripts.js';

/** Counts what became of marks, never by activity or user: both are ids. */
@Injectable()
export class ActivityMetrics {
  private readonly marked;
  private readonly dropped;

  constructor(metrics: Metrics) {
    const marks = metrics.tallies('activity_marks_total', 'Marks of users as active, in Redis.', ['mode']);
    const dropped = metrics.tallies(
      'activity_marks_dropped_total',
      'Marks of routes that were given up: too many waited for Redis, or the process ended.',
      [],
    );
    this.marked = { exact: marks({ mode: 'exact' }), approximate: marks({ mode: 'approximate' }) };
    this.dropped = dropped({});
  }

  add(mode: ActivityMode, users: number): void {
    this.marked[mode].added += users;
  }

  drop(users: number): void {
    this.dropped.added += users;
  }
}
