import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Settings } from '../../config/index.js';
import { RedisClient, sendTwice } from '../../redis/index.js';
import { ActivityKeys } from './activity.keys.js';
import { countUsers, type MarkReply, markUsers, retainUsers } from './activity.scripts.js';
import { type MarkedDay, markDay } from './marked-day.js';
import { nameOfDay, nameOfMonth, type Period } from './period.js';
import { PARTITIONS, placeOf, type UserPlace } from './user-place.js';

/** A call with so many users keeps Redis from others for a quarter of a millisecond. */
const USERS_A_CALL = 32;

/** Likewise, where the bitmaps are full. */
const DAYS_A_CALL = 32;

/** Activities of which this process remembers that one chunk is not enough. */
const KNOWN_ACTIVITIES = 10_000;

/**
 * Active users as bitmaps over dense numbers: each period knows who was active in it.
 * An id has its number from the script that marks it first, so two processes never give it two.
 */
@Injectable()
export class ExactActivity {
  private readonly retentionDays: number;
  private readonly chunks = new LRUCache<string, number>({ max: KNOWN_ACTIVITIES });

  constructor(
    private readonly redis: RedisClient,
    private readonly keys: ActivityKeys,
    settings: Settings,
  ) {
    this.retentionDays = settings.activityRetentionDays;
  }

  /**
   * A call for each partition and 32 users, all in one round trip; each O(users * entries of a bucket).
   *
   * @param at epoch ms; absent: now.
   * @returns the day that was marked, the earlier one when it was midnight meanwhile.
   */
  async mark(activity: string, userIds: Iterable<string>, at?: number): Promise<number> {
    const calls = partitioned(userIds).map((places) =>
      markDay(at, this.retentionDays, (day) => this.send(activity, places, day)),
    );
    return Math.min(...(await Promise.all(calls)));
  }

  /** A call for each partition, all in one round trip, O(periods). @returns the count of each period. */
  async count(activity: string, periods: readonly Period[]): Promise<number[]> {
    const months = [...new Set(periods.map(({ month }) => nameOfMonth(month)))];
    const totals = new Map<string, number>();
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => {
      const restKeys = months.map((month) => this.keys.counts(activity, partition, month));
      return this.redis.run(countUsers, { keys: {}, args: {}, restKeys });
    });
    for (const [period, count] of (await Promise.all(partitions)).flat()) {
      totals.set(period, (totals.get(period) ?? 0) + count);
    }
    return periods.map(({ name }) => totals.get(name) ?? 0);
  }

  /**
   * Partition by partition, so that others get their turn: a round trip for each of them, chunk of it and 32 days; each
   * O(days * bytes of a chunk).
   *
   * @returns how many users of the cohort were active on its own day, and on each of the days after it.
   */
  async retention(activity: string, cohort: number, days: number): Promise<number[]> {
    const totals = Array.from({ length: days + 1 }, () => 0);
    const add = (counts: readonly number[], first: number) =>
      counts.forEach((count, index) => (totals[first + index] += count));
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      for (let chunk = 0, chunks = 1; chunk < chunks; chunk += 1) {
        const bitmap = (day: number) => this.keys.bitmap(activity, partition, nameOfDay(cohort + day), chunk);
        for (let first = 0; first <= days; first += DAYS_A_CALL) {
          const length = Math.min(DAYS_A_CALL, days + 1 - first);
          const reply = await this.redis.run(retainUsers, {
            keys: {
              numbers: this.keys.numbers(activity, partition),
              cohort: bitmap(0),
              scratch: this.keys.scratch(activity, partition),
            },
            args: {},
            restKeys: Array.from({ length }, (_, index) => bitmap(first + index)),
          });
          add(reply.counts, first);
          chunks = reply.chunks;
        }
      }
    }
    return totals;
  }

  /** Again with more bitmaps when the partition has numbers beyond those that were sent. */
  private async send(activity: string, places: readonly UserPlace[], day: MarkedDay): Promise<MarkReply> {
    const chunks = this.chunks.get(activity) ?? 1;
    const reply = await sendTwice(this.redis, () => this.sendOnce(activity, places, day, chunks));
    const [outcome, needed] = reply;
    if (outcome !== 'chunks') return reply;
    this.chunks.set(activity, needed);
    return this.send(activity, places, day);
  }

  private sendOnce(
    activity: string,
    places: readonly UserPlace[],
    { inDay, inWeek, inMonth, ...times }: MarkedDay,
    chunks: number,
  ): Promise<MarkReply> {
    const [{ partition }] = places;
    const restKeys = places.map(({ bucket }) => this.keys.bucket(activity, partition, bucket));
    for (let chunk = 0; chunk < chunks; chunk += 1) {
      for (const { name } of [inDay, inWeek, inMonth]) {
        restKeys.push(this.keys.bitmap(activity, partition, name, chunk));
      }
    }
    return this.redis.run(markUsers, {
      keys: {
        numbers: this.keys.numbers(activity, partition),
        counts: this.keys.counts(activity, partition, inMonth.name),
        weekCounts: this.keys.counts(activity, partition, nameOfMonth(inWeek.month)),
      },
      args: {
        ...times,
        month: times.at === '' ? inMonth.month : 0,
        dayName: inDay.name,
        weekName: inWeek.name,
        monthName: inMonth.name,
        users: places.length,
      },
      restKeys,
      rest: places.map(({ name }) => name),
    });
  }
}

/** By partition, and at most 32 together. */
function partitioned(userIds: Iterable<string>): UserPlace[][] {
  const open = new Map<number, UserPlace[]>();
  const calls: UserPlace[][] = [];
  for (const id of userIds) {
    const place = placeOf(id);
    let call = open.get(place.partition);
    if (!call || call.length === USERS_A_CALL) {
      call = [];
      open.set(place.partition, call);
      calls.push(call);
    }
    call.push(place);
  }
  return calls;
}
