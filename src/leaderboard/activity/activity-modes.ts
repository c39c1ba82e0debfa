import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Settings } from '../../config/index.js';
import { RedisClient, sendTwice } from '../../redis/index.js';
import { ActivityModeConflictError } from './activity.errors.js';
import { ActivityKeys } from './activity.keys.js';
import { type ActivityMode, defineActivity } from './activity.scripts.js';
import { outOfBounds } from './marked-day.js';
import { dayOf } from './period.js';

const DAY_MS = 86_400_000;

/** What belongs to a month is kept up to two months and a week longer than a day must be. */
const MARGIN_DAYS = 75;

/** For so long a mark asks for the mode of its activity no more. */
const KNOWN_FOR_MS = 60_000;
const KNOWN_ACTIVITIES = 10_000;

/** The modes of activities: each is chosen by the first mark, and stays until nothing is left of the activity. */
@Injectable()
export class ActivityModes {
  private readonly known = new LRUCache<string, ActivityMode>({ max: KNOWN_ACTIVITIES, ttl: KNOWN_FOR_MS });
  private readonly retentionDays: number;

  constructor(
    private readonly redis: RedisClient,
    private readonly keys: ActivityKeys,
    settings: Settings,
  ) {
    this.retentionDays = settings.activityRetentionDays;
  }

  /**
   * The mode to mark in. One round trip a minute.
   *
   * @param wanted absent: that of the activity; of a new one exact.
   * @param at of the mark, epoch ms: one that is refused chooses no mode.
   * @throws ActivityModeConflictError when it is another than the wanted one; ValidationFailedError;
   * StateStoreUnavailableError.
   */
  async toMark(activity: string, wanted?: ActivityMode, at?: number): Promise<ActivityMode> {
    const mode = this.known.get(activity) ?? (await this.define(activity, wanted ?? 'exact', at));
    if (wanted && wanted !== mode) throw new ActivityModeConflictError(activity, mode);
    return mode;
  }

  /** One round trip. @returns undefined where nothing was marked. @throws StateStoreUnavailableError */
  async of(activity: string): Promise<ActivityMode | undefined> {
    const key = this.keys.mode(activity);
    const mode = await this.redis.call('activity.mode', (redis) => redis.get(key));
    return (mode ?? undefined) as ActivityMode | undefined;
  }

  private async define(activity: string, mode: ActivityMode, at?: number): Promise<ActivityMode> {
    const { retentionDays } = this;
    const parameters = {
      keys: { mode: this.keys.mode(activity) },
      args: {
        mode,
        ttlMs: (retentionDays + MARGIN_DAYS) * DAY_MS,
        day: dayOf(at ?? 0),
        at: at ?? '',
        retentionDays,
      },
    };
    const [defined] = await sendTwice(this.redis, () => this.redis.run(defineActivity, parameters));
    if (defined === 'future' || defined === 'past') throw outOfBounds(defined, retentionDays);
    this.known.set(activity, defined);
    return defined;
  }
}
