import { ValidationFailedError } from '../../errors/index.js';
import type { MarkReply } from './activity.scripts.js';
import {
  dayOf,
  localDay,
  monthOf,
  monthOfExpiry,
  type Period,
  periodOf,
  startOfDay,
  startOfMonth,
} from './period.js';

/** A day as the scripts that mark are told of it. */
export interface MarkedDay {
  /** Counted from 1970-01-01. */
  readonly day: number;
  /** Epoch ms; empty for now: then it must be the day that it is by Redis' clock. */
  readonly at: number | '';
  readonly retentionDays: number;
  readonly inDay: Period;
  readonly inWeek: Period;
  readonly inMonth: Period;
  /** The month in which what was marked is gone. */
  readonly goneIn: number;
  /** Epoch ms. */
  readonly goneAt: number;
  /** The same for its week, which may have begun a month earlier. */
  readonly weekGoneAt: number;
}

export function markedDay(day: number, at: number | '', retentionDays: number): MarkedDay {
  const inWeek = periodOf(day, 'week');
  const goneIn = monthOfExpiry(monthOf(day), retentionDays);
  return {
    day,
    at,
    retentionDays,
    inDay: periodOf(day, 'day'),
    inWeek,
    inMonth: periodOf(day, 'month'),
    goneIn,
    goneAt: startOfDay(startOfMonth(goneIn)),
    weekGoneAt: startOfDay(startOfMonth(monthOfExpiry(inWeek.month, retentionDays))),
  };
}

/**
 * Marks the day of an instant, or, without one, the day that it is by Redis' clock: asked for the day that it is here, it says
 * when it is another there.
 *
 * @returns the day that was marked.
 * @throws ValidationFailedError when the instant is to come, or longer ago than days are kept.
 */
export async function markDay(
  at: number | undefined,
  retentionDays: number,
  send: (day: MarkedDay) => Promise<MarkReply>,
): Promise<number> {
  let day = at === undefined ? localDay() : dayOf(at);
  for (;;) {
    const [outcome, more] = await send(markedDay(day, at ?? '', retentionDays));
    if (outcome === 'marked') return day;
    if (outcome === 'future' || outcome === 'past') throw outOfBounds(outcome, retentionDays);
    day = more;
  }
}

/** The error of an instant that Redis' clock refuses. */
export function outOfBounds(where: 'future' | 'past', retentionDays: number): ValidationFailedError {
  const message =
    where === 'future' ? 'must not be to come' : `must be within the last ${retentionDays} days`;
  return new ValidationFailedError([{ path: 'at', message }]);
}
