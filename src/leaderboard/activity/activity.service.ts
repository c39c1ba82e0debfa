import { Injectable } from '@nestjs/common';
import { ValidationFailedError, type ValidationFault } from '../../errors/index.js';
import { ID_RULE, isId } from '../../redis/index.js';
import { ActivityModes } from './activity-modes.js';
import { ActivityNotExactError } from './activity.errors.js';
import { ActivityMetrics } from './activity.metrics.js';
import type { ActivityMode } from './activity.scripts.js';
import { ApproximateActivity } from './approximate-activity.js';
import { ExactActivity } from './exact-activity.js';
import {
  countPeriods,
  GRANULARITIES,
  type Granularity,
  nameOfDay,
  parseDay,
  type Period,
  periodsBetween,
} from './period.js';

export const MAX_USERS = 1000;
export const MAX_PERIODS = 400;
export const MAX_DAYS = 400;

export interface MarkOptions {
  /** When they were active. Absent: now, by Redis' clock. */
  readonly at?: Date;
  /** Chosen by the first mark of an activity, for good. Absent: the mode that it has; of a new one exact. */
  readonly mode?: ActivityMode;
}

export interface Marked {
  /** How many users: ids that come twice are one. */
  readonly marked: number;
  /** The UTC day that was marked, YYYY-MM-DD; the earlier one when it was midnight meanwhile. */
  readonly day: string;
}

export interface ActiveUsersRange {
  /** YYYY-MM-DD; the first period is the one of this day. */
  readonly from: string;
  /** YYYY-MM-DD; the last period is the one of this day. */
  readonly to: string;
  /** Absent: day. */
  readonly granularity?: Granularity;
}

export interface ActiveUsers {
  /** `2026-11-30`, `2026-W49` or `2026-11`. */
  readonly period: string;
  readonly count: number;
}

export interface Retention {
  /** YYYY-MM-DD */
  readonly cohort: string;
  /** How many users were active on that day. */
  readonly size: number;
  /** How many of them were active so many days later. Day 0 is the cohort's own. */
  readonly items: readonly { readonly day: number; readonly count: number }[];
}

/** Who was active: users by day, ISO week and month of UTC, counted and compared. */
@Injectable()
export class ActivityService {
  constructor(
    private readonly modes: ActivityModes,
    private readonly exact: ExactActivity,
    private readonly approximate: ApproximateActivity,
    private readonly metrics: ActivityMetrics,
  ) {}

  /**
   * Marks users as active on a day, in its week and in its month. Marked again, they count once. One round trip, and another
   * one a minute and activity; O(users).
   *
   * @param activity 1 to 256 bytes, any characters; so is each id.
   * @param users 1 to 1000.
   * @throws ValidationFailedError, also when `at` is to come or longer ago than ACTIVITY_RETENTION_DAYS: nothing was marked;
   * ActivityModeConflictError: likewise; StateStoreUnavailableError: some may be marked.
   */
  async mark(
    activity: string,
    users: string | readonly string[],
    { at, mode: wanted }: MarkOptions = {},
  ): Promise<Marked> {
    const ids = new Set(typeof users === 'string' ? [users] : users);
    const instant = at?.getTime();
    refuse([
      ...faultOf('activity', ID_RULE, isId(activity)),
      ...faultOf('userIds', `must be 1 to ${MAX_USERS} ids`, ids.size >= 1 && ids.size <= MAX_USERS),
      ...faultOf('userIds', ID_RULE, [...ids].every(isId)),
      ...faultOf('at', 'must be an instant', !Number.isNaN(instant)),
    ]);
    const mode = await this.modes.toMark(activity, wanted, instant);
    const day = await this[mode].mark(activity, ids, instant);
    this.metrics.add(mode, ids.size);
    return { marked: ids.size, day: nameOfDay(day) };
  }

  /**
   * Counts the users of each period that has a day of the range: all of them, those without a mark as 0. What is longer ago
   * than ACTIVITY_RETENTION_DAYS may be gone, and counts 0. Two round trips, O(periods). At most 400 periods.
   *
   * @throws ValidationFailedError; StateStoreUnavailableError.
   */
  async activeUsers(activity: string, range: ActiveUsersRange): Promise<readonly ActiveUsers[]> {
    refuse(faultOf('activity', ID_RULE, isId(activity)));
    const periods = readRange(range);
    const mode = await this.modes.of(activity);
    const counts = mode ? await this[mode].count(activity, periods) : [];
    return periods.map(({ name }, index) => ({ period: name, count: counts[index] ?? 0 }));
  }

  /**
   * Counts how many of the users of a day were active on each of the days after it. 17 round trips (one a partition) for up to
   * 31 days; O(users * days).
   *
   * @param cohort the day, YYYY-MM-DD.
   * @param days how many after it, 0 to 400: with 7 there are items for day 0, which is the cohort's own, to day 7.
   * @throws ValidationFailedError; ActivityNotExactError; StateStoreUnavailableError.
   */
  async retention(
    activity: string,
    { cohort, days }: { readonly cohort: string; readonly days: number },
  ): Promise<Retention> {
    const day = parseDay(cohort);
    if (day === undefined) throw new ValidationFailedError(faultOf('cohort', DAY_RULE, false));
    refuse([
      ...faultOf('activity', ID_RULE, isId(activity)),
      ...faultOf('days', `must be 0 to ${MAX_DAYS}`, Number.isInteger(days) && days >= 0 && days <= MAX_DAYS),
    ]);
    const mode = await this.modes.of(activity);
    if (mode === 'approximate') throw new ActivityNotExactError(activity);
    const counts = await this.exact.retention(activity, day, days);
    return { cohort, size: counts[0], items: counts.map((count, after) => ({ day: after, count })) };
  }
}

const DAY_RULE = 'must be a day, as YYYY-MM-DD';

/** @throws ValidationFailedError */
function readRange({ from, to, granularity = 'day' }: ActiveUsersRange): readonly Period[] {
  const [first, last] = [parseDay(from), parseDay(to)];
  refuse([
    ...faultOf('from', DAY_RULE, first !== undefined),
    ...faultOf('to', DAY_RULE, last !== undefined),
    ...faultOf('granularity', 'must be day, week or month', GRANULARITIES.includes(granularity)),
  ]);
  const [start, end] = [first as number, last as number];
  refuse(faultOf('to', 'must not be before from', start <= end));
  const isShort = countPeriods(start, end, granularity) <= MAX_PERIODS;
  refuse(faultOf('to', `must be within ${MAX_PERIODS} periods of from`, isShort));
  return periodsBetween(start, end, granularity);
}

function faultOf(path: string, message: string, holds: boolean): ValidationFault[] {
  return holds ? [] : [{ path, message }];
}

function refuse(faults: readonly ValidationFault[]): void {
  if (faults.length > 0) throw new ValidationFailedError(faults);
}
