import { Injectable } from '@nestjs/common';
import { Metrics } from '../observability/index.js';
import type { RefusedEntry, Submission } from './submission.js';

/** Counts what became of scores, never by name: names are ids. */
@Injectable()
export class LeaderboardMetrics {
  private readonly outcomes;

  constructor(metrics: Metrics) {
    const of = metrics.tallies('leaderboard_scores_total', 'Scores that were submitted.', ['outcome']);
    this.outcomes = {
      changed: of({ outcome: 'changed' }),
      unchanged: of({ outcome: 'unchanged' }),
      outOfRange: of({ outcome: 'out-of-range' }),
    };
  }

  submitted(submissions: readonly (Submission | RefusedEntry)[]): void {
    const { changed, unchanged, outOfRange } = this.outcomes;
    for (const each of submissions) {
      if ('code' in each) outOfRange.added += 1;
      else if (each.changed) changed.added += 1;
      else unchanged.added += 1;
    }
  }
}
